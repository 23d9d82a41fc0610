"""Couches, holders, straps and tubes: what lies around a body, also where it touches it.

What tells them apart is shape. A couch top, a head holder, a strap or a tube is thin:
nowhere as thick as 12 mm, but longer than a hand, with open air on both sides. No part
of a body is: ears and noses are short, chest walls and vessels have the lung on one
side, a dry skull encloses much air. Density tells nothing; carbon, plastic and skin
share their Hounsfield units.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from medical.segmenters.surroundings import (
    PLANES,
    Box,
    Spacing,
    beside,
    grow_within,
    is_wider,
    outside_air,
    ringed_by,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from shared.filters import Components
    from shared.shapes import MaskArray

THIN_RADIUS_MM: Final = 6.0
"""What no ball of this radius fits into is thin. Couch tops, shells, holders and tubes
measure 2 to 10 mm; an adult's finger 15 mm, a newborn's arm 20 mm."""
LONG_MM: Final = 100.0
"""Thin things shorter than this may be ears (to 75 mm), noses, fingers, folds of skin."""
OPEN_SHARE: Final = 0.8
"""Smallest share of a sheet's surface voxels that touch open air."""
HOLLOW_RADIUS_MM: Final = 35.0
"""What rings a space this wide (a radius), much of it air, is a hollow body such as a dry
skull. Hollow couch tops are up to about 60 mm high."""
HOLLOW_AIR_RADIUS_MM: Final = 20.0
"""Smallest radius of the air in a hollow body: more than the gap between head and strap."""
WALL_MM: Final = 12.0
"""How far the wall of a hollow body may continue in thicker tissue."""
STRAIGHT_SHARE: Final = 0.8
"""Smallest share of a straight thing's cross-section that goes through all its slices."""
THIN_WALL_SHARE: Final = 0.9
"""Smallest share of thin tissue in the wall of a hollow plate or shell."""
PLATE_MAXIMUM_MM: Final = 18.0
"""Longest way through a plate, when it is crossed at a slant."""


def thin_apparatus(tissue: MaskArray, thick: MaskArray, spacing_mm: Spacing) -> MaskArray:
    """Return the part of `tissue` that is long, thin and has open air on both sides.

    Parameters
    ----------
    tissue
        bool ``[I J K]``: everything denser than air.
    thick
        bool ``[I J K]``: `tissue` opened by a ball of `THIN_RADIUS_MM`.
    spacing_mm
        Of the grid.

    Notes
    -----
    A plate that touches the body is thin beside the contact and thick in it; it is
    followed through the contact by its far face (`medical.segmenters.kernels.continue_plate`).
    """
    sheets = _long_sheets(tissue, thick, spacing_mm)
    if not sheets.any():
        return sheets
    sheets = grow_within(sheets, tissue & ~thick, THIN_RADIUS_MM, spacing_mm)
    if (beside(sheets, spacing_mm) & thick).any():
        sheets |= _hidden_by_contact(tissue, sheets, spacing_mm)
    return sheets


def _long_sheets(tissue: MaskArray, thick: MaskArray, spacing_mm: Spacing) -> MaskArray:
    from shared.filters import Connectivity, components, dilate

    thin = tissue & ~dilate(thick, 0.5 * THIN_RADIUS_MM, spacing_mm=spacing_mm)
    sheets = np.zeros_like(tissue)
    pieces = components(thin, connectivity=Connectivity.FULL)
    candidates = list(long_pieces(pieces, spacing_mm))
    if not candidates:
        return sheets
    open_air, other = _kinds_of_air(tissue, thick, thin, spacing_mm)
    for n, box in candidates:
        sheet = pieces.labels[box] == n
        beside_open = np.count_nonzero(sheet & open_air[box])
        beside_other = np.count_nonzero(sheet & other[box] & ~open_air[box])
        if beside_open < OPEN_SHARE * (beside_open + beside_other):
            continue
        if not is_hollow_body(sheet, tissue[box], thick[box], spacing_mm):
            sheets[box] |= sheet
    return sheets


def long_pieces(pieces: Components, spacing_mm: Spacing) -> Iterator[tuple[int, Box]]:
    """Yield the number and the box, one voxel wider, of each piece of `LONG_MM` or more."""
    sides = (pieces.boxes[..., 1] - pieces.boxes[..., 0]) * np.array(spacing_mm)
    for n in np.flatnonzero(sides.max(axis=1) >= LONG_MM).tolist():
        if n:
            yield n, box_around(pieces, n)


def box_around(pieces: Components, number: int) -> Box:
    """Return the box of a piece, one voxel wider where the grid goes on."""
    i, j, k = (slice(max(0, low - 1), end + 1) for low, end in pieces.boxes[number].tolist())
    return i, j, k


def _kinds_of_air(
    tissue: MaskArray, thick: MaskArray, thin: MaskArray, spacing_mm: Spacing
) -> tuple[MaskArray, MaskArray]:
    """Return the voxels beside (or in) open air, and those beside (or in) other air.

    Open is what is joined to the border of the scan and not ringed by thick tissue: the
    lung is not, even where an open windpipe joins it to the outside. The filling of a
    hollow plate counts as open air.
    """
    air = ~tissue
    is_open = outside_air(air) & ~ringed_by(thick, PLANES[0])
    is_open |= _fillings(air & ~is_open, thin, spacing_mm)
    return beside(is_open, spacing_mm), beside(air & ~is_open, spacing_mm)


def _fillings(closed: MaskArray, thin: MaskArray, spacing_mm: Spacing) -> MaskArray:
    """Return the closed air that fills shells: thin walls all around, or straight and long."""
    from shared.filters import components

    fillings = np.zeros_like(closed)
    pieces = components(closed)
    for n, box in long_pieces(pieces, spacing_mm):
        air = pieces.labels[box] == n
        wall = beside(air, spacing_mm) & ~air
        thin_share = int(np.count_nonzero(wall & thin[box])) / max(1, int(np.count_nonzero(wall)))
        if thin_share >= THIN_WALL_SHARE or straight_axes(air, spacing_mm):
            fillings[box] |= air
    return fillings


def straight_axes(piece: MaskArray, spacing_mm: Spacing) -> list[int]:
    """Return the array axes along which a long piece has the same cross-section throughout."""
    axes = []
    for axis in range(3):
        length = np.count_nonzero(piece.any(axis=tuple(n for n in range(3) if n != axis)))
        section = np.count_nonzero(piece.any(axis=axis))
        through = np.count_nonzero(piece.sum(axis=axis) >= STRAIGHT_SHARE * length)
        if length * spacing_mm[axis] >= LONG_MM and through >= STRAIGHT_SHARE * section:
            axes.append(axis)
    return axes


def is_hollow_body(
    piece: MaskArray, tissue: MaskArray, thick: MaskArray, spacing_mm: Spacing
) -> bool:
    """Return whether a thin `piece` is the wall of a wide hollow body, as a dry skull is.

    Air that thick tissue rings does not count, so a strap around a chest is no such wall.

    Parameters
    ----------
    piece, tissue, thick
        bool ``[I J K]``: the piece, everything denser than air, and its thick part, all
        in the piece's box.
    spacing_mm
        Of the grid.
    """
    planes = [
        plane
        for plane in PLANES
        if is_wider(ringed_by(piece, plane), HOLLOW_AIR_RADIUS_MM, spacing_mm)
    ]
    if not planes:
        return False
    wall = grow_within(piece, tissue, WALL_MM, spacing_mm)
    for plane in planes:
        inner = ringed_by(wall, plane)
        air = inner & ~tissue & ~ringed_by(thick, plane)
        if is_wider(air, HOLLOW_AIR_RADIUS_MM, spacing_mm) and is_wider(
            inner, HOLLOW_RADIUS_MM, spacing_mm
        ):
            return True
    return False


def _hidden_by_contact(tissue: MaskArray, sheets: MaskArray, spacing_mm: Spacing) -> MaskArray:
    """Return the voxels of plates where they lie against thick tissue."""
    from medical.segmenters.kernels import continue_plate

    hidden = np.zeros_like(tissue)
    for axis, across in ((n, m) for n in range(3) for m in range(3) if m != n):
        longest = int(PLATE_MAXIMUM_MM / spacing_mm[axis])
        for step in (1, -1):
            columns = _columns(tissue, across, axis, step)
            plate = _columns(sheets, across, axis, step)
            covered = np.zeros_like(columns)
            continue_plate(columns, plate, longest, covered)
            order = (3 - axis - across, across, axis)
            hidden |= np.transpose(covered[:, :, ::step].view(np.bool_), np.argsort(order))
    return hidden


def _columns(mask: MaskArray, across: int, axis: int, step: int) -> NDArray[np.uint8]:
    """Return a mask ``[u v k]`` with k along `axis` and v along `across`."""
    turned = np.transpose(mask, (3 - axis - across, across, axis))
    return np.ascontiguousarray(turned[:, :, ::step]).view(np.uint8)
