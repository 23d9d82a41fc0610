"""Airways: the tree of air grown from the trachea, ended before it bursts into the lungs.

The threshold rises as long as the tree grows by branches. Where it breaks through the wall
of a small bronchus the volume leaps; the tree is that of the last threshold before (Mori
et al.: Recognition of bronchus in three-dimensional X-ray CT images with application to
virtualized bronchoscopy system, Proc. ICPR 1996, doi:10.1109/ICPR.1996.546989).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medical.segmenters.flooding import Flood, flood
from medical.segmenters.trachea import Trachea, possible_tracheas
from shared.concept import Label, LabelTable
from shared.errors import NothingToBuildError
from shared.finding import Finding, note
from shared.segmentation import LabelMap, LevelField, Segmentation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medical.segmenters import Segmenter
    from medical.segmenters.body import Body
    from shared.shapes import MaskArray
    from shared.volume import Volume

LOWEST_HU: Final = -1100
HIGHEST_HU: Final = -780
"""Thresholds tried: from below air to where lung of a deep breath begins to be air."""
STEP_HU: Final = 8
"""By how much the threshold rises at a time."""
LEAP_ML: Final = 4.0
LEAP_SHARE: Final = 0.2
"""Growth in one step that is no branch: 4 ml or a fifth of the tree. The whole tree beyond the
lobar bronchi that CT resolves has about 20 ml."""
LARGEST_ML: Final = 400.0
"""No tree is larger: the flood ends there."""
MARGIN_STEPS: Final = 1
"""Steps kept below the leap: there the leak is already a thread."""
EMPTY_HU: Final = -950.0
"""Up to here, and to what the windpipe's own lumen holds, it fills by leaps."""
LARGEST_TREE_ML: Final = 200.0
"""What is larger has burst at once: a windpipe of 27 mm across and 15 cm has 86 ml, and its
branches that CT shows about as much."""
REACH_MM: Final = 8.0
"""How near to a lung the tree comes."""
ALONE_MM: Final = 40.0
ENCLOSED_SHARE: Final = 0.58
"""Shortest course, and least share of tissue around it, of a windpipe that does not lead into
lungs within the scan: loops of bowel are shorter, and lie beside others."""
WALL_HU: Final = -500.0
"""On the surface: midway between air (−1000) and wall (0)."""
ABOVE_MM: Final = 5.0
"""How far above the trachea's course the tree may reach: the throat is not asked for."""
SOLID_HU: Final = 500.0
"""How far inside counts what is denser than air within a mask: as far as air itself."""
LOWEST_INT16: Final = -32767


def airways_segmenter(
    label: Label, level: float = WALL_HU, *, body: Body | None = None
) -> Segmenter:
    """Return a segmenter of trachea and bronchi on CT in Hounsfield units.

    One connected tree. Its field is the scan mirrored at the level, so that the surface runs
    where air turns to wall, between voxels.

    Parameters
    ----------
    label
        What is found.
    level
        HU on the surface.
    body
        As found in the same volume; without it, it is looked for.

    Raises
    ------
    UsageError
        When called, if the values are no Hounsfield units.
    NothingToBuildError
        When called, if there is no trachea in the scan.
    """

    def segment(volume: Volume) -> Segmentation:
        from medical.segmenters.body import find_body
        from medical.segmenters.ranges import require_hu

        require_hu(volume, label)
        found = find_body(volume) if body is None else body
        mask, findings = airways_mask(volume, found, level)
        return segmentation_of_air(volume, [(label, mask)], level, findings, "airways")

    return segment


def airways_mask(
    volume: Volume, body: Body, level: float = WALL_HU
) -> tuple[MaskArray, tuple[Finding, ...]]:
    """Return the airways as bool ``[i j k]``, and what is to be told of them.

    Raises
    ------
    NothingToBuildError
        If there is no trachea.
    """
    from medical.segmenters.body import CAVITY, TISSUE

    values = whole_hu(volume.values)
    values[~body.part_in(values < HIGHEST_HU, TISSUE, CAVITY)] = np.iinfo(np.int16).max
    for trachea in possible_tracheas(volume, body):
        tree, threshold, leaked = _grown(values, trachea, volume, level)
        volume_ml = float(np.count_nonzero(tree)) * volume.voxel_volume_ml
        if not 0.0 < volume_ml <= LARGEST_TREE_ML:
            continue
        is_alone = trachea.length_mm >= ALONE_MM and trachea.enclosed_share >= ENCLOSED_SHARE
        if not is_alone and not (leaked and _reaches_lungs(tree, volume, body)):
            continue
        ended = "where it would burst into the lungs" if leaked else "at the highest threshold"
        told = note(
            "airways-grown",
            f"The airways ({volume_ml:.0f} ml) were grown from {trachea.length_mm:.0f} mm of "
            f"windpipe up to {threshold} HU, {ended}; thinner branches are not in it.",
            details={"threshold_hu": threshold, "volume_ml": round(volume_ml, 2)},
        )
        return tree, (told,)
    raise _none_found()


def _grown(
    values: NDArray[np.int16], trachea: Trachea, volume: Volume, level: float
) -> tuple[MaskArray, int, bool]:
    """Return the tree that grows from a windpipe, its threshold, and whether it would burst."""
    shut = values.copy()
    _cut_above(shut, trachea, volume)
    most = int(LARGEST_ML / volume.voxel_volume_ml)
    flooded = flood(shut, trachea.seeds, low=LOWEST_HU, high=HIGHEST_HU, most=most)
    lumen_hu = max(EMPTY_HU, trachea.lumen_hu)
    threshold, leaked = last_before_leap(flooded, volume.voxel_volume_ml, lumen_hu=lumen_hu)
    tree = flooded.reached(threshold)
    tree |= _beside_by_face(tree) & (volume.values <= level)
    return tree, threshold, leaked


def _none_found() -> NothingToBuildError:
    return NothingToBuildError(
        "No windpipe was found: no round spot of air runs in tissue down the middle of the body "
        "and to the lungs.",
        remedy="Give a CT scan of neck or chest, or grow from a seed.",
    )


def last_before_leap(flooded: Flood, voxel_ml: float, *, lumen_hu: float) -> tuple[int, bool]:
    """Return the threshold before the tree's volume leaps, and whether it does.

    Up to `lumen_hu` the windpipe itself fills, by leaps.
    """
    threshold = flooded.low
    for level in range(flooded.low + STEP_HU, HIGHEST_HU + 1, STEP_HU):
        before, after = flooded.volume(level - STEP_HU), flooded.volume(level)
        allowed_ml = max(LEAP_ML, LEAP_SHARE * before * voxel_ml)
        if level > lumen_hu and (after - before) * voxel_ml > allowed_ml:
            return max(flooded.low, level - (1 + MARGIN_STEPS) * STEP_HU), True
        threshold = level
    return threshold, False


def _reaches_lungs(tree: MaskArray, volume: Volume, body: Body) -> bool:
    """Return whether the tree comes near to a lung."""
    from medical.segmenters.body import CAVITY, TISSUE
    from medical.segmenters.coarse import coarsen
    from medical.segmenters.froth import LUNG_HU, air_shares, block_spacing_mm, frothy_pieces
    from shared.filters import dilate

    spacing = block_spacing_mm(volume, body)
    air = body.part_in(np.asarray(volume.values < LUNG_HU), TISSUE, CAVITY) & ~tree
    pieces, lungs = frothy_pieces(
        coarsen(volume).values, air_shares(air, body), float(np.prod(spacing)) * 1e-3
    )
    near = dilate(air_shares(tree, body) > 0.0, REACH_MM, spacing_mm=spacing)
    return bool(np.isin(pieces.labels[near], lungs).any())


def whole_hu(values: NDArray[Any]) -> NDArray[np.int16]:
    """Return a copy of values as whole numbers, as far as int16 holds them."""
    whole = np.nan_to_num(np.rint(values), nan=LOWEST_INT16) if values.dtype.kind == "f" else values
    return np.clip(whole, LOWEST_INT16, -LOWEST_INT16).astype(np.int16)


def _cut_above(values: NDArray[np.int16], trachea: Trachea, volume: Volume) -> None:
    """Shut what lies above the trachea's course."""
    reach = round(ABOVE_MM / volume.spacing_mm[trachea.axis])
    along = np.moveaxis(values, trachea.axis, 0)
    if trachea.rises:
        along[trachea.top + reach + 1 :] = np.iinfo(np.int16).max
    else:
        along[: max(0, trachea.top - reach)] = np.iinfo(np.int16).max


def _beside_by_face(mask: MaskArray) -> MaskArray:
    """Return the voxels that share a face with one of `mask`."""
    beside = np.zeros_like(mask)
    for axis in range(3):
        here, there = np.moveaxis(beside, axis, 0), np.moveaxis(mask, axis, 0)
        here[1:] |= there[:-1]
        here[:-1] |= there[1:]
    return beside


def segmentation_of_air(
    volume: Volume,
    masks: list[tuple[Label, MaskArray]],
    level: float,
    findings: tuple[Finding, ...],
    step: str,
) -> Segmentation:
    """Return masks of what is emptier than `level`, with the scan mirrored at the level as field.

    Within a mask what is denser than the level (vessels in a lung) counts as far inside.
    """
    layers, fields = [], {}
    for label, mask in masks:
        values = np.where(mask, np.uint8(label.value), np.uint8(0))
        table = LabelTable((label,))
        layers.append(
            LabelMap(values=values, affine=volume.affine, frame=volume.frame, labels=table)
        )
        fields[label.name] = LevelField(values=_turned(volume, mask, level), level=level)
    return Segmentation(
        layers=tuple(layers),
        fields=fields,
        provenance=volume.provenance.with_step(
            step, labels=[label.name for label, _ in masks], level=level
        ),
        findings=(*volume.findings, *findings),
    )


def _turned(volume: Volume, mask: MaskArray, level: float) -> NDArray[Any]:
    """Return the values mirrored at `level`, and what is denser in `mask` raised above it.

    Mirrored, air stands above the level and the level itself where it was.
    """
    kind = np.dtype(np.float32 if volume.values.dtype.kind == "f" else np.int16)
    mirrored = whole_range(2.0 * level - volume.values.astype(np.float32), kind)
    mirrored[mask & (mirrored < level)] = level + SOLID_HU
    mirrored.setflags(write=False)
    return mirrored


def whole_range(values: NDArray[np.float32], kind: np.dtype[Any]) -> NDArray[Any]:
    """Return values in a number type, clipped to what it holds."""
    if kind.kind == "f":
        return values.astype(kind)
    ends = np.iinfo(kind)
    return np.clip(np.rint(values), ends.min, ends.max).astype(kind)
