"""`recon view`: look at anything we make, and at a scan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shared.errors import NothingToBuildError, UnknownFormatError
from toolkit.cli.arguments import require_distinct, require_exists
from toolkit.cli.console import print_findings, print_plain, print_written, progress_bar


def view(
    file: Annotated[
        Path,
        typer.Argument(
            help="A .glb, .stl, .ply, .obj or .ifc file, or a scan: DICOM folder, zip, image file."
        ),
    ],
    screenshot: Annotated[
        Path | None, typer.Option(help="Write a PNG instead of opening a window.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a page that shows the model without a network.")
    ] = None,
) -> None:
    """Show a model: a window with a legend, where a click names what it hits.

    With --screenshot or --html it writes a picture or a page instead; neither needs a
    display.
    """
    from shared.formats import staged_outputs
    from toolkit.opening import open_viewable

    require_exists(file)
    _require_suffix(screenshot, (".png",))
    _require_suffix(html, (".html", ".htm"))
    require_distinct([path for path in (screenshot, html) if path is not None], [file])
    if screenshot is None and html is None:
        from toolkit.viewer.window import require_display

        require_display()
    with progress_bar() as progress:
        viewable = open_viewable(file, progress=progress)
    print_findings(viewable.scene.findings)
    if screenshot is None and html is None:
        from toolkit.viewer.window import show_window

        show_window(viewable.scene, volume=viewable.volume)
        return
    if html is not None and not viewable.scene.parts:
        raise NothingToBuildError(
            "There is no surface to put on a page.",
            remedy="Make one first: recon medical reconstruct … --level … -o model.glb",
        )
    with staged_outputs() as staging:
        if screenshot is not None:
            from toolkit.viewer.picture import write_picture

            write_picture(viewable.scene, screenshot, staging, volume=viewable.volume)
        if html is not None:
            from toolkit.viewer.page import write_page

            write_page(viewable.scene, html, staging)
    if viewable.volume is not None and html is not None:
        print_plain(
            "The page shows the surface only; the slices are in the picture and the window."
        )
    print_written(path for path in (screenshot, html) if path is not None)


def _require_suffix(path: Path | None, suffixes: tuple[str, ...]) -> None:
    from shared.formats.outputs import require_writable

    if path is None:
        return
    if path.suffix.lower() not in suffixes:
        raise UnknownFormatError(f"{path.name} does not end in {suffixes[0]}.", remedy="Rename it.")
    require_writable(path)
