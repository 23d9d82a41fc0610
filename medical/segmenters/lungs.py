"""Lungs: left and right apart, with their vessels, without trachea and main bronchi.

Lung is the large, frothy air in the chest. Where the two touch in front of the heart they are
parted where the air between them is narrowest; vessels and small bronchi inside are filled.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from medical.segmenters.airways import airways_mask, segmentation_of_air
from medical.segmenters.froth import (
    LUNG_HU,
    LUNG_ML,
    air_shares,
    block_spacing_mm,
    frothy_pieces,
)
from shared.concept import Label
from shared.errors import NothingToBuildError
from shared.finding import Finding, note, warning

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medical.segmenters import Segmenter
    from medical.segmenters.body import Body
    from shared.filters import Components
    from shared.segmentation import Segmentation
    from shared.shapes import MaskArray
    from shared.volume import Volume

WALL_MM: Final = 1.5
"""Thickness of the wall of a large bronchus: so far around the airways nothing is lung."""
FILL_MM: Final = 5.0
"""Gaps and vessels narrower than twice this are filled."""
PARTING_MM: Final = (2.0, 4.0, 6.0, 8.0, 12.0, 16.0, 20.0)
"""How much is worn off, little by little, until one lung falls into two."""
SMALLER_SHARE: Final = 0.15
"""Smallest share that the smaller lung may have of the larger."""
SIDE_SHARE: Final = 0.85
"""Least share of a single lung on one side of the body's middle by which it has that side: such a
lung may reach across in front of the heart."""
APART_MM: Final = 50.0
"""Nearest from side to side that the middles of two lungs stand."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Lungs:
    """Which block is which lung: uint8 ``[I J K]``, 1 left, 2 right, 3 a lung of unknown side."""

    sides: NDArray[np.uint8]
    findings: tuple[Finding, ...]


def lungs_segmenter(label: Label, level: float = LUNG_HU, *, body: Body | None = None) -> Segmenter:
    """Return a segmenter of the lungs on CT in Hounsfield units.

    Parameters
    ----------
    label
        Gives concept, color and the first value; the labels are called after it, with
        ``_left`` and ``_right`` (the patient's), or as it is where the side is unknown.
    level
        HU on the surface.
    body
        As found in the same volume; without it, it is looked for.

    Raises
    ------
    UsageError
        When called, if the values are no Hounsfield units.
    NothingToBuildError
        When called, if there is no lung in the scan.
    """

    def segment(volume: Volume) -> Segmentation:
        from medical.segmenters.body import find_body
        from medical.segmenters.ranges import require_hu

        require_hu(volume, label)
        found = find_body(volume) if body is None else body
        masks, findings = lung_masks(volume, found, level)
        names = {"left": "_left", "right": "_right", "": ""}
        labelled = [
            (replace(label, value=label.value + n, name=label.name + names[side]), mask)
            for n, (side, mask) in enumerate(masks.items())
        ]
        return segmentation_of_air(volume, labelled, level, findings, "lungs")

    return segment


def lung_masks(
    volume: Volume, body: Body, level: float = LUNG_HU
) -> tuple[dict[str, MaskArray], tuple[Finding, ...]]:
    """Return masks by side (``left``, ``right``, or empty where unknown), and findings.

    Raises
    ------
    NothingToBuildError
        If there is no lung.
    """
    from medical.segmenters.body import CAVITY, TISSUE

    airways, findings = _airways(volume, body)
    air = body.part_in(volume.values < level, TISSUE, CAVITY)
    air &= ~_widened(airways, volume)
    told = _sides(volume, air_shares(air, body), body)
    masks = _spread(told.sides, air, volume, body)
    names = {1: "left", 2: "right", 3: ""}
    filled = _filled(masks, airways, volume)
    made = {names[n]: mask for n, mask in filled.items()}
    return made, (*findings, *told.findings)


def _airways(volume: Volume, body: Body) -> tuple[MaskArray, tuple[Finding, ...]]:
    try:
        return airways_mask(volume, body)[0], ()
    except NothingToBuildError:
        told = note(
            "no-trachea", "No windpipe was found: bronchi beside the heart may count as lung."
        )
        return np.zeros(volume.shape, dtype=np.bool_), (told,)


def _widened(airways: MaskArray, volume: Volume) -> MaskArray:
    from shared.filters import dilate

    if not airways.any():
        return airways
    return dilate(airways, WALL_MM, spacing_mm=volume.spacing_mm)


def _sides(volume: Volume, shares: NDArray[np.float32], body: Body) -> _Lungs:
    """Return which block belongs to which lung."""
    from medical.segmenters.coarse import coarsen

    spacing = block_spacing_mm(volume, body)
    block_ml = float(np.prod(spacing)) * 1e-3
    pieces, lungs = frothy_pieces(coarsen(volume).values, shares, block_ml)
    if not lungs:
        raise NothingToBuildError(
            "No lung was found: no large piece of frothy air lies in the body.",
            remedy="Give a CT scan of the chest in Hounsfield units.",
        )
    x = _x_of_blocks(volume, body)
    largest = lungs[0]
    parted = _parted(pieces.labels == largest, spacing, x)
    if parted is not None:
        return _with_rest(parted, pieces, lungs[1:], x)
    if len(lungs) > 1:
        return _two_groups(pieces, lungs, x)
    return _one_lung(pieces.labels == largest, x, body)


def _x_of_blocks(volume: Volume, body: Body) -> NDArray[np.float32]:
    """Return LPS x of the middle of each block: it grows towards the patient's left."""
    matrix = volume.affine.matrix
    x = np.full(body.zones.shape, matrix[0, 3], dtype=np.float32)
    for axis, (count, factor) in enumerate(zip(body.zones.shape, body.factors, strict=True)):
        index = (np.arange(count) + 0.5) * factor - 0.5
        x += (
            (index * matrix[0, axis])
            .astype(np.float32)
            .reshape([-1 if n == axis else 1 for n in range(3)])
        )
    return x


def _parted(
    lung: MaskArray, spacing: tuple[float, float, float], x: NDArray[np.float32]
) -> NDArray[np.uint8] | None:
    """Return 1 for the left and 2 for the right part of a piece that is both lungs, else None."""
    from shared.filters import components, distance

    depth = distance(np.pad(lung, 1), spacing_mm=spacing)[1:-1, 1:-1, 1:-1]
    for worn in PARTING_MM:
        pieces = components(depth > worn)
        order = np.argsort(-pieces.sizes[1:], kind="stable")[:2] + 1
        if len(order) < 2 or pieces.sizes[order[1]] < SMALLER_SHARE * pieces.sizes[order[0]]:
            continue
        cores = [pieces.labels == int(n) for n in order]
        middles = [float(x[core].mean()) for core in cores]
        if abs(middles[0] - middles[1]) < APART_MM:
            continue
        left = 0 if middles[0] > middles[1] else 1
        return _watershed(depth, lung, cores[left], cores[1 - left])
    return None


def _watershed(
    depth: NDArray[np.float32], lung: MaskArray, left: MaskArray, right: MaskArray
) -> NDArray[np.uint8]:
    """Return `lung` shared out to its two cores, parted where it is narrowest."""
    from skimage.segmentation import watershed

    markers = np.zeros(lung.shape, dtype=np.int32)
    markers[left], markers[right] = 1, 2
    return np.asarray(watershed(-depth, markers, mask=lung), dtype=np.uint8)


def _with_rest(
    sides: NDArray[np.uint8], pieces: Components, rest: list[int], x: NDArray[np.float32]
) -> _Lungs:
    """Return the two lungs with further pieces added to the nearer one, side to side."""
    middles = [float(x[sides == n].mean()) for n in (1, 2)]
    for number in rest:
        own = pieces.labels == number
        here = float(x[own].mean())
        sides[own] = 1 if abs(here - middles[0]) < abs(here - middles[1]) else 2
    return _Lungs(sides=sides, findings=())


def _two_groups(pieces: Components, lungs: list[int], x: NDArray[np.float32]) -> _Lungs:
    """Return pieces as left and right by the two that lie farthest apart, if they are two."""
    middles = {n: float(x[pieces.labels == n].mean()) for n in lungs}
    first = lungs[0]
    other = next((n for n in lungs[1:] if abs(middles[n] - middles[first]) >= APART_MM), None)
    sides = np.zeros(pieces.labels.shape, dtype=np.uint8)
    if other is None:
        for n in lungs:
            sides[pieces.labels == n] = 3
        return _Lungs(sides=sides, findings=(_unknown_side(),))
    parting = 0.5 * (middles[first] + middles[other])
    for n in lungs:
        sides[pieces.labels == n] = 1 if middles[n] > parting else 2
    return _Lungs(sides=sides, findings=())


def _one_lung(lung: MaskArray, x: NDArray[np.float32], body: Body) -> _Lungs:
    """Return a single lung with its side, where the body around shows its middle."""
    from medical.segmenters.body import CAVITY, TISSUE

    inside = (body.zones == TISSUE) | (body.zones == CAVITY)
    middle = 0.5 * (float(x[inside].min()) + float(x[inside].max()))
    share_left = float((x[lung] > middle).mean())
    sides = np.zeros(lung.shape, dtype=np.uint8)
    if 1.0 - SIDE_SHARE < share_left < SIDE_SHARE:
        sides[lung] = 3
        return _Lungs(sides=sides, findings=(_unknown_side(),))
    side = "left" if share_left >= SIDE_SHARE else "right"
    sides[lung] = 1 if side == "left" else 2
    single = warning(
        "one-lung",
        f"Only one lung was found; it was called {side} by its place in the body.",
    )
    return _Lungs(sides=sides, findings=(single,))


def _unknown_side() -> Finding:
    return warning(
        "lungs-not-parted",
        "Left and right lung could not be told apart; they were left as one.",
    )


def _spread(
    sides: NDArray[np.uint8], air: MaskArray, volume: Volume, body: Body
) -> dict[int, MaskArray]:
    """Return the voxels of air that belong to each lung: those beside its blocks."""
    from scipy import ndimage

    from medical.segmenters.coarse import spread
    from shared.filters import components

    far, nearest = ndimage.distance_transform_edt(sides == 0, return_indices=True)
    grown = np.where(far <= np.sqrt(3.0) + 0.01, sides[tuple(nearest)], 0)
    of_voxel = spread(grown.astype(np.uint8), body.factors, volume.shape)
    masks = {}
    for n in np.unique(sides[sides > 0]).tolist():
        mask = air & (of_voxel == n)
        pieces = components(mask)
        keep = pieces.sizes * volume.voxel_volume_ml >= LUNG_ML / 2
        masks[int(n)] = pieces.mask_of(keep)
    return masks


def _filled(
    masks: dict[int, MaskArray], airways: MaskArray, volume: Volume
) -> dict[int, MaskArray]:
    """Return lungs with vessels, small bronchi and narrow clefts filled, none in another."""
    from shared.filters import closing, drop_below, fill_holes

    filled: dict[int, MaskArray] = {}
    for n, mask in masks.items():
        box = _box(mask, volume)
        part = np.ascontiguousarray(mask[box])
        closed = np.zeros_like(mask)
        closed[box] = fill_holes(closing(part, FILL_MM, spacing_mm=volume.spacing_mm))
        for other, its in masks.items():
            if other != n:
                closed &= ~its
        for its in filled.values():
            closed &= ~its
        filled[n] = drop_below(closed & ~airways, LUNG_ML / 2, voxel_ml=volume.voxel_volume_ml)
    return filled


def _box(mask: MaskArray, volume: Volume) -> tuple[slice, ...]:
    """Return the index box of a mask with room to close it in."""
    box = []
    for axis, step in enumerate(volume.spacing_mm):
        other = tuple(n for n in range(3) if n != axis)
        shown = np.flatnonzero(mask.any(axis=other))
        room = int(2.0 * FILL_MM / step) + 1
        box.append(slice(max(0, int(shown[0]) - room), int(shown[-1]) + 1 + room))
    return tuple(box)
