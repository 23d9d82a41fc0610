"""Checks: what is true of the solids of a scene, each alone and all together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.errors import InvalidValueError
from shared.mesh import Mesh

if TYPE_CHECKING:
    from shared.meshing import Measures
    from shared.meshing.soundness import Soundness
    from shared.progress import Progress
    from shared.scene import Part, Scene
    from shared.solids.overlap import Overlap


@dataclass(frozen=True, slots=True, kw_only=True)
class PartCheck:
    """What is true of one body.

    Parameters
    ----------
    path, label
        Which one, and what it is.
    soundness, measures
        What was found on its mesh.
    """

    path: str
    label: str
    soundness: Soundness
    measures: Measures

    @property
    def volume_note(self) -> str | None:
        """Why there is no volume, or how far to trust it; None if all is well."""
        found = self.soundness
        if not found.closed:
            return "an open surface encloses no volume"
        if not found.encloses_volume:
            return "the surface does not tell inside from outside everywhere"
        if found.self_intersections:
            return "places covered twice count twice"
        return None

    @property
    def volume_ml(self) -> float | None:
        """The enclosed volume, or None where the surface encloses none."""
        return self.measures.volume_ml if self.soundness.encloses_volume else None

    @property
    def volume_m3(self) -> float | None:
        """The enclosed volume in cubic metres, or None."""
        return self.measures.volume_m3 if self.soundness.encloses_volume else None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data; keys carry their units."""
        found, counts, size = self.soundness, self.soundness.topology, self.measures
        return {
            "path": self.path,
            "label": self.label,
            "printable": found.printable,
            "faults": list(found.faults),
            "closed": found.closed,
            "manifold": found.manifold,
            "oriented": counts.oriented,
            "outward": found.outward,
            "self_intersections": found.self_intersections,
            "components": counts.components,
            "cavities": counts.cavities,
            "nested_shells": found.nested_shells,
            "inside_out_shells": found.inside_out_shells,
            "crossing_shells": found.crossing_shells,
            "faces": counts.faces,
            "vertices": counts.vertices,
            "boundary_edges": counts.boundary_edges,
            "non_manifold_edges": counts.non_manifold_edges,
            "non_manifold_vertices": counts.non_manifold_vertices,
            "inconsistent_edges": counts.inconsistent_edges,
            "degenerate_faces": counts.degenerate_faces,
            "duplicate_faces": counts.duplicate_faces,
            "genus": counts.genus,
            "volume_ml": self.volume_ml,
            "volume_m3": self.volume_m3,
            "volume_note": self.volume_note,
            "area_mm2": size.area_mm2,
            "area_m2": size.area_m2,
            "extent_mm": None if size.extent_mm is None else list(size.extent_mm),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneCheck:
    """What is true of all bodies of a file.

    Parameters
    ----------
    parts
        One check a body.
    overlaps
        Printable bodies that share space, as places in `parts`.
    """

    parts: tuple[PartCheck, ...]
    overlaps: tuple[Overlap, ...]

    @property
    def printable(self) -> bool:
        """Whether every body prints, and no two claim the same space."""
        return not self.overlaps and all(part.soundness.printable for part in self.parts)

    def overlap_words(self, overlap: Overlap) -> str:
        """Return what two bodies share, without a number."""
        how = "lies inside" if overlap.inside else "shares space with"
        return f"{self.parts[overlap.smaller].path} {how} {self.parts[overlap.larger].path}"

    def as_dict(self) -> dict[str, Any]:
        """Return plain data; keys carry their units."""
        return {
            "printable": self.printable,
            "parts_that_print": sum(part.soundness.printable for part in self.parts),
            "parts_that_are_closed": sum(part.soundness.closed for part in self.parts),
            "volume_ml": sum(part.volume_ml or 0.0 for part in self.parts),
            "volume_m3": sum(part.volume_m3 or 0.0 for part in self.parts),
            "area_mm2": sum(part.measures.area_mm2 for part in self.parts),
            "area_m2": sum(part.measures.area_m2 for part in self.parts),
            "overlaps": [
                {
                    "paths": [self.parts[one.smaller].path, self.parts[one.larger].path],
                    "inside": one.inside,
                    "volume_ml": one.volume_ml,
                    "volume_m3": one.volume_m3,
                }
                for one in self.overlaps
            ],
            "parts": [part.as_dict() for part in self.parts],
        }


def check_scene(scene: Scene, *, progress: Progress) -> SceneCheck:
    """Check every body of a scene, and the bodies against each other.

    Parameters
    ----------
    scene
        What to check; parts without faces are passed over.
    progress
        Told the share of bodies checked.
    """
    from shared.meshing import measure
    from shared.meshing.soundness import soundness
    from shared.solids.overlap import overlaps

    bodies = tuple(_bodies([part for part in scene.parts if not part.mesh.is_empty]))
    checks = []
    for number, (part, mesh) in enumerate(bodies):
        progress("checking", number / len(bodies))
        found = PartCheck(
            path=part.path,
            label=part.label.name,
            soundness=soundness(mesh),
            measures=measure(mesh),
        )
        checks.append(found)
    sound = [number for number, check in enumerate(checks) if check.soundness.printable]
    try:
        shared = overlaps([bodies[number][1] for number in sound])
    except InvalidValueError:  # no boolean of what only rounding keeps apart
        shared = ()
    named = tuple(_renumbered(one, sound) for one in shared)
    return SceneCheck(parts=tuple(checks), overlaps=named)


def _renumbered(overlap: Overlap, numbers: Sequence[int]) -> Overlap:
    from dataclasses import replace

    return replace(overlap, smaller=numbers[overlap.smaller], larger=numbers[overlap.larger])


def _bodies(parts: Sequence[Part]) -> Iterable[tuple[Part, Mesh]]:
    """Yield each part with its mesh; faces of one body split by their look come together.

    IFC and glTF give each material of a body a part of its own, below the path of the
    first. Where such a piece is open, the pieces are one surface.
    """
    from shared.meshing import topology

    paths = {part.path for part in parts}
    pieces: dict[str, list[Part]] = {}
    for part in parts:
        parent = part.path.rpartition("/")[0]
        pieces.setdefault(parent if parent in paths else part.path, []).append(part)
    for path, group in pieces.items():
        group.sort(key=lambda part: part.path != path)
        if len(group) > 1 and not all(topology(part.mesh).closed for part in group):
            yield group[0], _joined([part.mesh for part in group])
        else:
            yield from ((part, part.mesh) for part in group)


def _joined(meshes: Sequence[Mesh]) -> Mesh:
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    return Mesh(
        vertices=np.concatenate([mesh.vertices for mesh in meshes]),
        faces=np.concatenate([mesh.faces + at for mesh, at in zip(meshes, starts, strict=True)]),
        frame=meshes[0].frame,
    )
