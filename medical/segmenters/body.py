"""Body: where the patient is, and what only lies around.

The body is what is denser than air, less the apparatus, with the air inside of it. It may
come in several pieces (a head; two thighs and two arms; fingers cut by the border of the
scan), none of which is dropped for not being the largest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from medical.segmenters.apparatus import (
    LONG_MM,
    THIN_RADIUS_MM,
    box_around,
    is_hollow_body,
    straight_axes,
    thin_apparatus,
)
from medical.segmenters.cavities import inner_air
from medical.segmenters.coarse import CoarseGrid, coarsen, spread
from medical.segmenters.ears import EAR_ML, EAR_MM, EAR_REACH_MM, ears_before
from medical.segmenters.surroundings import (
    Spacing,
    beside,
    is_wider,
    longest_side_mm,
    radius_mm,
)
from medical.sides import place_words
from shared.finding import Finding, note, warning
from shared.volume import Quantity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.filters import Components
    from shared.filters.pieces import Pieces
    from shared.shapes import MaskArray
    from shared.volume import Volume

OUTSIDE: Final = 0
"""Zone: open air."""
TISSUE: Final = 1
"""Zone: the body's tissue."""
CAVITY: Final = 2
"""Zone: air inside of the body."""
APPARATUS: Final = 3
"""Zone: couch, holder, clothing, tubes, and the air within one block of them alone."""
NEAR: Final = 4
"""Zone: open air within two blocks of the body: its thin edges may reach into it."""

BODY_LEVEL_HU: Final = -300.0
"""Denser than this is no air: above lung and foam (−950 to −500), below fat (−100)."""

THICK_SHARE: Final = 0.5
"""Smallest share of a body's tissue that is thicker than `THIN_RADIUS_MM`."""
ROD_RADIUS_MM: Final = 15.0
ROD_SLENDERNESS: Final = 10.0
"""Rods thinner than 15 mm (a radius) and over ten times as long as thick are rails or
tubes, no limbs: a forearm is about four times as long as thick."""
ROD_LENGTH_MM: Final = 150.0
BOARD_FLATNESS: Final = 6.0
"""Boards are straight, and six times as wide as thick."""
CUT_PIECE_ML: Final = 0.3
"""Smallest thin piece on the border of the scan that may be a finger or an ear cut there."""
FINGER_RADIUS_MM: Final = 4.0
"""A child's finger is at least this thick (a radius)."""
CUT_PIECE_HU: Final = (-150.0, 400.0)
"""Where the upper quartile of such a piece's values lies if it is tissue, not cloth."""
NEAR_BLOCKS: Final = 2
CRUMB_ML: Final = 10.0
"""Smaller pieces that touch only apparatus, and not the border, are parts of it: a finger
that lies on a couch hangs on a hand."""
SMALLEST_PIECE_ML: Final = 0.1
"""Pieces of tissue smaller than this are no body of their own."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Body:
    """Zones of a volume: open air, tissue, air inside, apparatus.

    Parameters
    ----------
    zones
        uint8 ``[I J K]`` on blocks of voxels: `OUTSIDE`, `TISSUE`, `CAVITY`, `APPARATUS`,
        `NEAR`.
    factors, shape
        Voxels in a block, and voxels of the volume, along each array axis.
    pieces
        Number of separate pieces of the body.
    findings
        What was doubtful.
    """

    zones: NDArray[np.uint8]
    factors: tuple[int, int, int]
    shape: tuple[int, int, int]
    pieces: int
    findings: tuple[Finding, ...] = ()

    def zones_of_voxels(self) -> NDArray[np.uint8]:
        """Return the zone of each voxel of the volume, uint8 ``[i j k]``."""
        return np.asarray(spread(self.zones, self.factors, self.shape))

    def part_in(self, mask: MaskArray, *zones: int) -> MaskArray:
        """Return the part of `mask`, bool ``[i j k]``, that lies in the given zones."""
        from medical.segmenters.kernels import keep_in_zones
        from shared.kernels import run_slabs

        wanted = np.zeros(NEAR + 1, dtype=np.uint8)
        wanted[list(zones)] = 1
        kept = np.zeros(self.shape, dtype=np.uint8)
        voxels = mask.view(np.uint8)
        run_slabs(
            lambda first, end: keep_in_zones(
                voxels, self.zones, *self.factors, wanted, first, end, kept
            ),
            self.shape[0],
        )
        return kept.view(np.bool_)

    def zone_counts(self, pieces: Pieces) -> NDArray[np.int64]:
        """Return how many voxels of each piece lie in each zone, ``[pieces + 1, zones]``."""
        from medical.segmenters.kernels import count_zones

        counts = np.zeros((pieces.count + 1, NEAR + 1), dtype=np.int64)
        count_zones(
            pieces.first_run, pieces.starts, pieces.ends, pieces.piece, self.shape[1],
            self.zones, *self.factors, counts,
        )  # fmt: skip
        return counts


def find_body(volume: Volume, *, level: float | None = None) -> Body:
    """Tell the body in `volume` from the air and the apparatus around it.

    Parameters
    ----------
    volume
        A CT scan, or any volume on which air is dark.
    level
        What is at least as dense is no air. Default: `BODY_LEVEL_HU` for Hounsfield
        units, else Otsu's threshold.

    Returns
    -------
    Body
        Without pieces where there is nothing but air and apparatus; a finding says so.

    Notes
    -----
    A piece of tissue is the body's if most of it is thicker than 12 mm and it is neither a
    rail nor a board; if it is a wide hollow shell; or, in doubt and with a warning, if it
    is a short thin piece of tissue cut by the border of the scan.
    """
    from shared.filters import dilate, opening

    grid = coarsen(volume)
    tissue = grid.values >= (default_level(volume, grid) if level is None else level)
    thick = opening(tissue, THIN_RADIUS_MM, spacing_mm=grid.spacing_mm)
    apparatus = thin_apparatus(tissue, thick, grid.spacing_mm)
    apparatus &= ~ears_before(apparatus, tissue & ~apparatus, grid.spacing_mm)
    body, pieces, findings = _body_pieces(grid, tissue & ~apparatus, thick, apparatus)
    zones = np.full(tissue.shape, OUTSIDE, dtype=np.uint8)
    zones[tissue & ~body] = APPARATUS
    zones[body] = TISSUE
    zones[inner_air(body, grid.spacing_mm)] = CAVITY
    around = beside(zones == APPARATUS, grid.spacing_mm) & ~beside(body, grid.spacing_mm)
    zones[around & (zones == OUTSIDE)] = APPARATUS
    near = dilate(body, NEAR_BLOCKS * max(grid.spacing_mm), spacing_mm=grid.spacing_mm)
    zones[near & (zones == OUTSIDE)] = NEAR
    if not pieces:
        findings = (*findings, _nobody())
    touching = apparatus & beside(body, grid.spacing_mm)
    if touching.any():
        findings = (*findings, _contact(volume, grid, touching))
    return Body(
        zones=zones, factors=grid.factors, shape=grid.shape, pieces=pieces, findings=findings
    )


def default_level(volume: Volume, grid: CoarseGrid) -> float:
    """Return the value that parts air from tissue."""
    if volume.quantity is Quantity.HU:
        return BODY_LEVEL_HU
    from skimage.filters import threshold_otsu

    flat = grid.values.ravel()
    return float(threshold_otsu(flat)) if flat.min() < flat.max() else float(flat[0])


def _body_pieces(
    grid: CoarseGrid, tissue: MaskArray, thick: MaskArray, apparatus: MaskArray
) -> tuple[MaskArray, int, tuple[Finding, ...]]:
    """Return which `tissue` is the body's, in how many pieces, and what was doubtful."""
    from shared.filters import components

    body = np.zeros_like(tissue)
    found = components(tissue)
    doubtful = []
    pieces = 0
    on_apparatus = beside(apparatus, grid.spacing_mm) if apparatus.any() else apparatus
    for n in np.flatnonzero(found.sizes * grid.block_ml >= SMALLEST_PIECE_ML).tolist():
        if n == 0:
            continue
        box = box_around(found, n)
        piece = found.labels[box] == n
        if _is_crumb(grid, found, n, piece & on_apparatus[box]):
            continue
        if _is_body(piece, thick[box], grid.spacing_mm):
            body[box] |= piece
            pieces += 1
        elif _may_be_cut(grid, found, n, piece):
            doubtful.append(n)
    near = _near(body, grid.spacing_mm) if doubtful else body
    findings = []
    for n in doubtful:
        box = box_around(found, n)
        piece = found.labels[box] == n
        if near[box][piece].all() or radius_mm(piece, grid.spacing_mm) >= FINGER_RADIUS_MM:
            body[box] |= piece
            pieces += 1
            findings.append(_doubt(float(found.sizes[n]) * grid.block_ml))
    return body, pieces, tuple(findings)


def _near(body: MaskArray, spacing_mm: Spacing) -> MaskArray:
    """Return where an ear may be; everywhere if there is no body yet."""
    from shared.filters import distance

    if not body.any():
        return np.ones_like(body)
    return np.asarray(distance(~body, spacing_mm=spacing_mm) <= EAR_REACH_MM)


def _is_body(piece: MaskArray, thick: MaskArray, spacing_mm: Spacing) -> bool:
    """Return whether a piece of tissue is the body's by its shape."""
    if np.count_nonzero(piece & thick) < THICK_SHARE * np.count_nonzero(piece):
        return is_hollow_body(piece, piece, piece & thick, spacing_mm)
    if is_wider(piece, ROD_RADIUS_MM, spacing_mm):
        return True
    radius = radius_mm(piece, spacing_mm)
    length = longest_side_mm(piece, spacing_mm)
    if length >= ROD_LENGTH_MM and length >= ROD_SLENDERNESS * 2.0 * radius:
        return False
    for axis in straight_axes(piece, spacing_mm):
        across = np.prod([step for n, step in enumerate(spacing_mm) if n != axis])
        if piece.any(axis=axis).sum() * across >= BOARD_FLATNESS * (2.0 * radius) ** 2:
            return False
    return True


def _is_crumb(grid: CoarseGrid, pieces: Components, number: int, on_apparatus: MaskArray) -> bool:
    """Return whether a small piece is a part of the apparatus that it touches."""
    small = pieces.sizes[number] * grid.block_ml < CRUMB_ML
    return small and bool(on_apparatus.any()) and not _is_cut(grid, pieces, number)


def _is_cut(grid: CoarseGrid, pieces: Components, number: int) -> bool:
    box = pieces.boxes[number]
    return bool((box[:, 0] == 0).any() or (box[:, 1] == grid.values.shape).any())


def _may_be_cut(grid: CoarseGrid, pieces: Components, number: int, piece: MaskArray) -> bool:
    """Return whether a thin piece may be a finger or an ear that the scan cuts."""
    volume_ml = pieces.sizes[number] * grid.block_ml
    length = longest_side_mm(piece, grid.spacing_mm)
    if not _is_cut(grid, pieces, number) or volume_ml < CUT_PIECE_ML or length >= LONG_MM:
        return False
    is_ear = length <= EAR_MM and volume_ml <= EAR_ML
    if not is_ear and radius_mm(piece, grid.spacing_mm) < FINGER_RADIUS_MM:
        return False
    low, high = CUT_PIECE_HU
    return low < float(np.percentile(grid.values[box_around(pieces, number)][piece], 75)) < high


def _doubt(volume_ml: float) -> Finding:
    return warning(
        "doubtful-piece",
        f"A thin piece of {volume_ml:.1f} ml, cut by the border of the scan, is kept as part of "
        "the body: it may be a finger or an ear, or cloth.",
        details={"volume_ml": round(volume_ml, 3)},
    )


def _contact(volume: Volume, grid: CoarseGrid, touching: MaskArray) -> Finding:
    """Return the warning that the body and the apparatus had to be cut apart."""
    blocks = np.argwhere(touching).mean(axis=0)
    x, y, z = volume.affine.apply((blocks + 0.5) * np.array(grid.factors) - 0.5).tolist()
    return warning(
        "apparatus-touches-body",
        f"Couch, holder or cloth touches the body around {place_words((x, y, z))}; they were cut "
        "apart there by the course of its far side: look at the skin in that place.",
        place=(x, y, z),
    )


def _nobody() -> Finding:
    return note("no-body", "No body was found around the structure; nothing is dropped for it.")
