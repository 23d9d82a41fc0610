"""The table of codecs, and the two functions that use it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, Protocol

from shared.errors import DamagedFileError, InputNotFoundError, UnknownFormatError
from shared.formats import glb, obj, ply, stl
from shared.formats.outputs import Staging, staged_outputs
from shared.scene import Scene


class Codec(Protocol):
    """What a module of this package offers for one file format."""

    def write(self, scene: Scene, target: Path, staging: Staging, *, merge: bool) -> None:
        """Write `scene` at `target`, asking `staging` where for every file."""

    def read(self, source: Path) -> Scene:
        """Return what the file holds."""


CODECS: Final[Mapping[str, Codec]] = MappingProxyType(
    {".glb": glb, ".stl": stl, ".ply": ply, ".obj": obj}
)
"""Suffix → codec; a new format is a row."""


def codec_for(path: Path) -> Codec:
    """Return the codec of a file's suffix.

    Raises
    ------
    UnknownFormatError
        If there is none.
    """
    codec = CODECS.get(path.suffix.lower())
    if codec is None:
        suffix = path.suffix or "no suffix"
        raise UnknownFormatError(
            f"{path.name}: {suffix} is no scene format.",
            remedy=f"Use one of {', '.join(CODECS)}.",
        )
    return codec


def write_scene(
    scene: Scene, target: str | Path, *, merge: bool = False, staging: Staging | None = None
) -> tuple[Path, ...]:
    """Write a scene in the format of the target's suffix.

    Parameters
    ----------
    scene
        What to write. Meshes that live on a device are copied to the host.
    target
        ``NAME.glb``, ``.stl``, ``.ply`` or ``.obj``. Several parts to STL or PLY
        give ``NAME_part.stl``, one file a part.
    merge
        Put all parts into the one named STL or PLY file instead.
    staging
        Outputs of a longer run, to appear together with these; by default the files
        appear at once.

    Returns
    -------
    tuple of Path
        Where the files stand (empty if `staging` was given: it moves them later).

    Raises
    ------
    UnknownFormatError
        If no format has this suffix.
    OutputError
        If the place cannot be written.

    Notes
    -----
    glTF is written Y-up in metres. STL, PLY and OBJ know no unit: anatomy is LPS mm,
    marked ``SPACE=LPS``; a building's STL is mm, its OBJ and PLY are metres, Z-up.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> from shared.concept import Label
    >>> from shared.frame import PATIENT_LPS_MM
    >>> from shared.mesh import Mesh
    >>> from shared.scene import Part
    >>> mesh = Mesh(vertices=10 * np.eye(4, 3), faces=[[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]])
    >>> part = Part(path="/bone", mesh=mesh, label=Label(value=1, name="bone"))
    >>> scene = Scene(title="Anatomy", frame=PATIENT_LPS_MM, parts=(part,))
    >>> [path.name for path in write_scene(scene, Path(tempfile.mkdtemp()) / "bone.stl")]
    ['bone.stl']
    """
    target = Path(target)
    codec = codec_for(target)
    parts = (replace(part, mesh=part.mesh.on_host()) for part in scene.parts)
    scene = replace(scene, parts=tuple(parts))
    own = staged_outputs() if staging is None else nullcontext(staging)
    with own as stage:
        codec.write(scene, target, stage, merge=merge)
        return stage.commit() if staging is None else ()


def read_scene(source: str | Path) -> Scene:
    r"""Read any mesh file we write, and most that others write.

    Parameters
    ----------
    source
        A ``.glb``, ``.stl``, ``.ply`` or ``.obj`` file.

    Returns
    -------
    Scene
        In the frame the file states; where it states none, a finding says what was
        assumed.

    Raises
    ------
    InputNotFoundError, UnknownFormatError, DamagedFileError
        If there is no such file, no such format, or it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "corner.stl"
    >>> _ = path.write_text(
    ...     "solid corner\nfacet normal 0 0 1\nouter loop\n"
    ...     "vertex 0 0 0\nvertex 1 0 0\nvertex 0 1 0\nendloop\nendfacet\nendsolid\n"
    ... )
    >>> scene = read_scene(path)
    >>> len(scene.parts[0].mesh.faces), scene.findings[0].code
    (1, 'unit-assumed')
    """
    source = Path(source)
    if not source.is_file():
        raise InputNotFoundError(f"There is no file {source}.", remedy="Check the path.")
    codec = codec_for(source)
    try:
        return codec.read(source)
    except OSError as error:
        raise InputNotFoundError(f"{source} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise DamagedFileError(
            f"{source.name} is cut or damaged, or not a {source.suffix} file ({error}).",
            remedy="Export it again.",
        ) from error
