"""Bodies of what fills openings: a frame and a leaf or pane, as upright profiles.

Every piece is a profile in the elevation of the opening, x along the wall from the left
jamb and z up from the sill, pushed through the wall along y. The mesh and the IFC solid
are both made of it, so they cannot differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from shapely.geometry import LineString, Polygon, box

from architecture.building.elements import Opening, Wall
from architecture.plan import OpeningKind, Operation
from shared.frame import BUILDING_ENU_M
from shared.mesh import Mesh
from shared.solids import Prism, extrude

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME_WIDTH_M: Final = 0.05
"""Face width of door and window frames, metres: a common profile."""

FRAME_SHARE: Final = 1 / 8
"""Largest share of an opening's width or height that one side of the frame takes."""

FRAME_DEPTH_M: Final = 0.1
"""Depth of frames through the wall, metres; never more than the wall is thick."""

LEAF_THICKNESS_M: Final = 0.04
"""Thickness of door leaves, metres: DIN 68706 has 39 to 42 mm."""

PANE_THICKNESS_M: Final = 0.024
"""Thickness of panes, metres: double glazing 4-16-4 mm."""

CLEARANCE_M: Final = 0.003
"""Gap between leaf or pane and frame, metres."""

DOUBLE_LEAF: Final = frozenset(
    {
        Operation.DOUBLE_DOOR_SINGLE_SWING,
        Operation.DOUBLE_DOOR_DOUBLE_SWING,
        Operation.DOUBLE_DOOR_SLIDING,
        Operation.DOUBLE_DOOR_FOLDING,
    }
)
"""Doors with two leaves."""


class PieceKind(StrEnum):
    """What a piece of a door or window is."""

    FRAME = "frame"
    LEAF = "leaf"
    PANE = "pane"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """One profile in the opening's elevation, between two distances through the wall."""

    kind: PieceKind
    profile: Polygon
    near_m: float
    far_m: float


def pieces_of(opening: Opening) -> tuple[Piece, ...]:
    """Return the bodies that fill an opening; none for a passage.

    The leaf of a door lies closed, flush with the frame on the side it swings to.
    """
    if opening.kind is OpeningKind.PASSAGE:
        return ()
    width_m, height_m = opening.width_m, opening.height_m
    bar_m = min(FRAME_WIDTH_M, FRAME_SHARE * min(width_m, height_m))
    gap_m = min(CLEARANCE_M, bar_m / 4)
    reach_m = min(FRAME_DEPTH_M, opening.depth_m) / 2
    is_door = opening.kind is OpeningKind.DOOR
    low_m = 0.0 if is_door else bar_m
    hole = box(bar_m, low_m, width_m - bar_m, height_m - bar_m)
    frame = box(0, 0, width_m, height_m).difference(hole)
    filled = box(bar_m + gap_m, low_m + gap_m, width_m - bar_m - gap_m, height_m - bar_m - gap_m)
    if is_door:
        thickness_m = min(LEAF_THICKNESS_M, reach_m)
        far_m, kind = reach_m, PieceKind.LEAF
    else:
        thickness_m = min(PANE_THICKNESS_M, reach_m)
        far_m, kind = thickness_m / 2, PieceKind.PANE
    leaves = _halves(filled, gap_m) if opening.operation in DOUBLE_LEAF else (filled,)
    return (
        Piece(kind=PieceKind.FRAME, profile=frame, near_m=-reach_m, far_m=reach_m),
        *(
            Piece(kind=kind, profile=leaf, near_m=far_m - thickness_m, far_m=far_m)
            for leaf in leaves
        ),
    )


def _halves(leaf: Polygon, gap_m: float) -> tuple[Polygon, Polygon]:
    left_m, low_m, right_m, high_m = leaf.bounds
    middle_m = (left_m + right_m) / 2
    return (
        box(left_m, low_m, middle_m - gap_m / 2, high_m),
        box(middle_m + gap_m / 2, low_m, right_m, high_m),
    )


def axes_of(opening: Opening) -> NDArray[np.float64]:
    """Return the axes of an opening in plan, ``[2 2]``: row 0 along x, row 1 along y.

    As IFC4 has it (IfcDoor): y points to the side the leaf swings to, x along the wall
    so that z is up, and SINGLE_SWING_LEFT has its hinges at x = 0, on the left of
    someone who looks along y. Without a known side, y is left of the opening's direction.
    """
    along = np.array(opening.direction, dtype=np.float64)
    if opening.swing_side < 0:
        along = -along
    return np.array([along, [-along[1], along[0]]])


def origin_of(opening: Opening) -> NDArray[np.float64]:
    """Return the jamb at x = 0 in plan, ``[2]``, half way through the wall."""
    return np.array(opening.center) - axes_of(opening)[0] * opening.width_m / 2


def piece_mesh(piece: Piece, opening: Opening, *, floor_m: float) -> Mesh:
    """Return a piece in the building: closed, outward."""
    upright = extrude(piece.profile, piece.near_m, piece.far_m)
    x, z, through = upright.vertices.astype(np.float64).T
    along, across = axes_of(opening)
    plan = origin_of(opening) + np.outer(x, along)
    plan += np.outer(piece.near_m + piece.far_m - through, across)
    level = floor_m + opening.sill_m + z
    return Mesh(
        vertices=np.column_stack([plan, level]).astype(np.float32),
        faces=upright.faces,
        frame=BUILDING_ENU_M,
    )


def piece_prisms(piece: Piece, opening: Opening, *, floor_m: float) -> tuple[Prism, ...]:
    """Return a piece as upright prisms: its profile is cut at every corner along x."""
    along, across = axes_of(opening)
    base_m = floor_m + opening.sill_m
    _, low_m, _, high_m = piece.profile.bounds
    stations = sorted({float(x) for x, _ in shapely.get_coordinates(piece.profile)})
    prisms = []
    for start_m, end_m in pairwise(stations):
        middle_m = (start_m + end_m) / 2
        upright = LineString([(middle_m, low_m - 1.0), (middle_m, high_m + 1.0)])
        corners = [
            origin_of(opening) + along * x + across * y
            for x, y in (
                (start_m, piece.near_m),
                (end_m, piece.near_m),
                (end_m, piece.far_m),
                (start_m, piece.far_m),
            )
        ]
        for part in shapely.get_parts(piece.profile.intersection(upright)):
            _, bottom_m, _, top_m = part.bounds
            if top_m > bottom_m:
                prisms.append(
                    Prism(outline=Polygon(corners), bottom=base_m + bottom_m, top=base_m + top_m)
                )
    return tuple(prisms)


def wall_prisms(wall: Wall, *, floor_m: float) -> tuple[Prism, ...]:
    """Return a wall as upright prisms: its sections between the ends of its openings."""
    return tuple(
        Prism(outline=section, bottom=floor_m + low_m, top=floor_m + high_m)
        for low_m, high_m in pairwise(wall.levels_m)
        if (section := wall.section((low_m + high_m) / 2)).area > 0
    )


def wall_mesh(wall: Wall, *, floor_m: float) -> Mesh:
    """Return the body of a wall with its openings cut out: closed, outward."""
    top_m = floor_m + wall.height_m
    cuts = [
        Prism(
            outline=wall.hole(opening),
            bottom=floor_m + opening.sill_m,
            top=min(floor_m + opening.head_m, top_m),
        )
        for opening in wall.openings
    ]
    return extrude(wall.footprint, floor_m, top_m, cuts=cuts)
