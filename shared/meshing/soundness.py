"""Soundness: would a mesh print, and if not, why.

A printer needs a surface that tells inside from outside everywhere. That is more than
closed and manifold: shells may lie in each other only as cavities do, wound the other
way, and nothing may go through anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from shared.meshing.nesting import nesting_of, pieces_of
from shared.meshing.self_intersections import crossing_faces
from shared.meshing.topology import Topology, topology
from shared.meshing.weld import merge_positions, pointed_faces

if TYPE_CHECKING:
    from shared.mesh import Mesh


@dataclass(frozen=True, slots=True, kw_only=True)
class Soundness:
    """What keeps a mesh from being the surface of a solid; see `soundness`.

    Parameters
    ----------
    topology
        Counts after merging by position.
    self_intersections
        Pairs of faces that meet where they should not, those of two shells included.
    crossing_shells
        Connected pieces that meet another piece so.
    nested_shells
        Pieces inside another with the same winding: the inner one makes no cavity, and
        what it encloses counts twice. None where the surface has no inside.
    inside_out_shells
        Pieces wound inwards that are no cavity of a piece around them. None as above.
    """

    topology: Topology
    self_intersections: int
    crossing_shells: int
    nested_shells: int | None
    inside_out_shells: int | None

    @property
    def closed(self) -> bool:
        """Whether the surface has no border: no edge with only one face."""
        return self.topology.closed

    @property
    def manifold(self) -> bool:
        """Whether the surface is a 2-manifold, with or without a border.

        No edge has three or more faces, and no vertex joins two fans. A border edge is
        not a non-manifold edge: an open sheet can be a manifold.
        """
        counts = self.topology
        return counts.non_manifold_edges == 0 and counts.non_manifold_vertices == 0

    @property
    def outward(self) -> bool:
        """Whether every shell looks out of the solid, and every cavity into its hollow."""
        return self.inside_out_shells == 0 and self.nested_shells == 0

    @property
    def encloses_volume(self) -> bool:
        """Whether the sum of signed tetrahedra is a volume, each place counted once."""
        once = self.nested_shells == 0 and self.topology.duplicate_faces == 0
        return self.closed and self.topology.oriented and once

    @property
    def _inside_out(self) -> str:
        alone = self.topology.components == 1
        return "it is inside out" if alone else "{} of its shells are inside out"

    @property
    def printable(self) -> bool:
        """Whether this is the boundary of a solid."""
        return not self.faults

    @property
    def faults(self) -> tuple[str, ...]:
        """What is wrong, worst first, each a sentence without a subject's name."""
        counts = self.topology
        told = (
            (counts.boundary_edges, "it is open: {} edges have only one face"),
            (counts.non_manifold_edges, "{} edges have three or more faces"),
            (counts.non_manifold_vertices, "{} vertices join surfaces in a mere point"),
            (counts.inconsistent_edges, "faces disagree across {} edges which side is out"),
            (self.inside_out_shells, self._inside_out),
            (self.nested_shells, "{} shells lie inside another and are wound like it: no cavity"),
            (self.crossing_shells, "{} of its shells go through or touch each other"),
            (
                0 if self.crossing_shells else self.self_intersections,
                "the surface goes through or touches itself at {} pairs of faces",
            ),
        )
        empty = ("it has no faces",) if counts.faces == 0 else ()
        return empty + tuple(_told(words, count) for count, words in told if count)


def _told(words: str, count: int) -> str:
    text = words.format(count)
    if count != 1:
        return text
    singular = {"edges have": "edge has", "vertices join": "vertex joins", "edges": "edge"}
    singular |= {"of its shells are": "of its shells is", "shells lie": "shell lies"}
    singular |= {"are wound": "is wound", "pairs": "pair"}
    for plural, one in singular.items():
        text = text.replace(plural, one)
    return text


def soundness(mesh: Mesh) -> Soundness:
    """Tell whether `mesh` bounds a solid, as a reader of the written file finds it.

    Notes
    -----
    Shells are judged by exact winding numbers: around an outer shell the others wind 0
    times, around a cavity once. A positive shell around which others wind once is one
    solid inside another; it is not a cavity, and slicers disagree about it. Shells that
    cross others are counted as crossing alone, since they are neither inside nor outside.
    """
    counts = topology(mesh)
    vertices, faces = merge_positions(mesh.vertices, mesh.faces)
    faces = faces[~pointed_faces(faces)]
    pairs = crossing_faces(vertices, faces)
    pieces = pieces_of(vertices, faces)
    between = pieces[pairs]
    crossing = np.unique(between[between[:, 0] != between[:, 1]]) if len(pairs) else pairs[:, 0]
    nested = inside_out = None
    if counts.closed and counts.oriented:
        count = int(pieces.max(initial=-1)) + 1
        found = nesting_of(vertices, faces, pieces, np.ones(count, dtype=np.bool_))
        free = np.ones(count, dtype=np.bool_)
        free[crossing] = False
        sign, winding = found.T
        nested = int(np.count_nonzero(free & (winding - (sign < 0) > 0)))
        inside_out = int(np.count_nonzero((sign <= 0) & (winding <= 0) & (free | (sign == 0))))
    return Soundness(
        topology=counts,
        self_intersections=len(pairs),
        crossing_shells=len(crossing),
        nested_shells=nested,
        inside_out_shells=inside_out,
    )
