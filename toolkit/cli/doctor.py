"""`recon doctor`: tell whether this installation can do everything it should."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, requires, version
from typing import Annotated, Any, Final

import typer

from shared.errors import ToolkitError
from toolkit.cli.arguments import AsJson
from toolkit.cli.console import print_json, print_table

DISTRIBUTION: Final = "recon-toolkit"
UNDERLYING_PACKAGES: Final = ("vtk",)
"""Packages that those we require bring along, and whose version matters."""
REQUIREMENT_NAME: Final = re.compile(r"[A-Za-z0-9._-]+")
CODEC_NAMES: Final = ("JPEG baseline", "JPEG lossless", "JPEG-LS", "JPEG 2000", "RLE")
RENDERED_PIXELS: Final = 32


class SickInstallationError(ToolkitError):
    """Something the main jobs need does not work."""

    exit_status = 1


def doctor(
    as_json: AsJson = False,
    warm: Annotated[
        bool, typer.Option("--warm", help="Compile the kernels now, so that later runs start fast.")
    ] = False,
) -> None:
    """Report versions, devices, codecs, kernels and rendering; fail if one is broken."""
    facts: dict[str, Any] = {
        "python": sys.version.split()[0],
        "system": f"{platform.system()} {platform.machine()}",
        "packages": {name: _version(name) for name in required_packages()},
        "devices": _checked(_devices),
        "transfer syntaxes": _checked(_transfer_syntaxes),
        "kernels": _checked(lambda: _kernels(warm=warm)),
        "rendering": _checked(_rendering),
    }
    if as_json:
        print_json(facts)
    else:
        rows = [(key, value) for key, value in facts.items() if isinstance(value, str)]
        print_table("recon doctor", ("what", "found"), rows)
        print_table("Packages", ("package", "version"), facts["packages"].items())
    broken = [key for key, value in facts.items() if str(value).startswith("broken")]
    missing = [name for name, found in facts["packages"].items() if found is None]
    if broken or missing:
        raise SickInstallationError(
            f"Not sound: {', '.join([*broken, *(f'{name} is missing' for name in missing)])}.",
            remedy="Install again: pip install -c constraints.txt .",
        )


def required_packages() -> tuple[str, ...]:
    """Return the packages that this installation asks for, options left out."""
    try:
        lines = requires(DISTRIBUTION) or []
    except PackageNotFoundError:  # run from its source
        return (DISTRIBUTION, *UNDERLYING_PACKAGES)
    named = (REQUIREMENT_NAME.match(line) for line in lines if "extra ==" not in line)
    return (*(name[0] for name in named if name), *UNDERLYING_PACKAGES)


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _checked(probe: Callable[[], str]) -> str:
    try:
        return probe()
    except Exception as error:  # whatever a broken library raises is the finding
        return f"broken: {type(error).__name__}: {error}"


def _devices() -> str:
    import os

    import torch

    cpus = f"cpu ({os.cpu_count()} cores)"
    if not torch.cuda.is_available():
        return cpus
    names = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())]
    return ", ".join([cpus, *(f"cuda:{index} {name}" for index, name in enumerate(names))])


def _transfer_syntaxes() -> str:
    from pydicom.pixels import get_decoder
    from pydicom.uid import (
        JPEG2000Lossless,
        JPEGBaseline8Bit,
        JPEGLosslessSV1,
        JPEGLSLossless,
        RLELossless,
    )

    syntaxes = (JPEGBaseline8Bit, JPEGLosslessSV1, JPEGLSLossless, JPEG2000Lossless, RLELossless)
    for name, syntax in zip(CODEC_NAMES, syntaxes, strict=True):
        if not get_decoder(syntax).is_available:
            raise RuntimeError(f"no decoder for {name} ({syntax})")
    return "raw, deflated, " + ", ".join(CODEC_NAMES)


def _kernels(*, warm: bool) -> str:
    from shared.kernels import cache_state

    if warm:
        from toolkit.warming import warm_up

        warm_up()
    return str(cache_state())


def _rendering() -> str:
    from toolkit.viewer.engine import load_pyvista

    pv = load_pyvista()
    plotter = pv.Plotter(off_screen=True, window_size=[RENDERED_PIXELS, RENDERED_PIXELS])
    plotter.add_mesh(pv.Sphere(), color="red")
    try:
        pixels = plotter.screenshot(return_img=True)
        if pixels.std() == 0:
            raise RuntimeError("a sphere was drawn, but the picture is empty")
        return f"off screen works ({plotter.render_window.GetClassName()})"
    finally:
        plotter.close()
