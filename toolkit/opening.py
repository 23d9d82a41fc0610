"""Any path a person may want to look at → a scene, with its volume where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shared.errors import (
    DamagedFileError,
    InputError,
    InputNotFoundError,
    NothingToBuildError,
    UsageError,
)
from shared.finding import note
from shared.scene import Scene
from toolkit.kinds import (
    ARCHIVE,
    DICOM,
    IMAGE_SUFFIXES,
    MODEL_SUFFIXES,
    STEP,
    kind_by_start,
    kind_of,
    models_below,
    not_for,
    read_head,
)

if TYPE_CHECKING:
    from shared.progress import Progress
    from shared.volume import Volume


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewable:
    """A scene, and the volume it was taken from if it came from images."""

    scene: Scene
    volume: Volume | None = None


def open_viewable(path: Path, *, progress: Progress) -> Viewable:
    """Return what is at `path`: a mesh file, an IFC model, or a scan with its surface.

    Raises
    ------
    InputNotFoundError
        If nothing is there.
    InputError
        If it is a file of another kind; the error says which, and what reads it.
    """
    _require_there(path)
    if is_model(path):
        return Viewable(scene=open_model(path, progress=progress))
    if path.is_file() and not path.name.lower().endswith(IMAGE_SUFFIXES):
        kind = kind_of(path)
        if kind not in (DICOM, ARCHIVE, None):  # old DICOM has no mark: its reader decides
            raise not_for(path, "a model or a scan", kind)
    from medical import read_volume, reconstruct
    from medical.errors import NoDicomFoundError

    try:
        volume = read_volume(path, progress=progress)
    except NoDicomFoundError as error:
        if path.is_file():
            raise not_for(path, "a model or a scan", None) from error
        if found := models_below(path):
            raise InputError(
                f"The folder {path} holds no DICOM image, but {found}.", remedy="Name one file."
            ) from error
        raise
    try:
        scene = reconstruct(volume, progress=progress).scene
    except (NothingToBuildError, UsageError) as error:  # such as an MR, whose bone is dark
        scene = _slices_only(volume, error.problem)
    return Viewable(scene=scene, volume=volume)


def _slices_only(volume: Volume, why: str) -> Scene:
    """Return a scene without parts: the slices of a volume are all there is to see."""
    doubt = note("slices-only", f"Only slices are shown, no surface. {why}")
    return Scene(title="Scan", frame=volume.frame, parts=(), findings=(*volume.findings, doubt))


def is_model(path: Path) -> bool:
    """Return whether `path` is a file with the name of a mesh or an IFC model."""
    return path.suffix.lower() in MODEL_SUFFIXES and path.is_file()


def open_model(path: Path, *, progress: Progress) -> Scene:
    """Return the scene of a mesh file or an IFC model.

    Raises
    ------
    InputNotFoundError
        If nothing is there.
    InputError
        If it is something else; the error says what, and what reads it.
    """
    _require_there(path)
    if path.is_dir():
        raise InputError(f"{path} is a folder.", remedy="Name a mesh file or an IFC model.")
    if not is_model(path):
        raise not_for(path, "a mesh or an IFC model", kind_of(path))
    try:
        if path.suffix.lower() == ".ifc":
            from architecture.exchange.ifc import read_ifc

            return read_ifc(path, progress=progress)
        from shared.formats import read_scene

        return read_scene(path)
    except DamagedFileError as error:
        kind = kind_by_start(read_head(path))
        if kind is None or kind.name == STEP.name:  # what an IFC file is, too
            raise
        raise not_for(path, f"a {path.suffix} file", kind) from error


def _require_there(path: Path) -> None:
    if not path.exists():
        raise InputNotFoundError(f"There is nothing at {path}.", remedy="Check the path.")
