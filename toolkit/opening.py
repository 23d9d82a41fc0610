"""Any path a person may want to look at → a scene, with its volume where there is one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from shared.errors import InputNotFoundError
from shared.scene import Scene

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
    UnknownFormatError
        If it is a file of no known format.
    """
    if not path.exists():
        raise InputNotFoundError(f"There is nothing at {path}.", remedy="Check the path.")
    from shared.formats import CODECS, read_scene

    suffix = path.suffix.lower()
    if suffix in CODECS and path.is_file():
        return Viewable(scene=read_scene(path))
    if suffix == ".ifc" and path.is_file():
        from architecture.exchange.ifc import read_ifc

        return Viewable(scene=read_ifc(path))
    from medical import read_volume, reconstruct

    volume = read_volume(path, progress=progress)
    return Viewable(scene=reconstruct(volume, progress=progress).scene, volume=volume)
