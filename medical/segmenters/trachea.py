"""Trachea: the windpipe as seeds, found by its round, empty course down the neck and chest.

In slices across the body it is a spot of air of the size of a finger, nearly round, near
the middle, whose neighbors above and below overlap it over centimetres. Lungs are larger
and less empty; gas in the bowel is shorter or bent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from medical.segmenters.body import Body
    from shared.shapes import MaskArray
    from shared.volume import Volume

AIR_HU: Final = -900.0
"""What is emptier than this is air, also where voxels of 2 mm blur it."""
LUMEN_HU: Final = -925.0
"""Mean of a spot of trachea: pure air stands at −1000, lung at −700 to −900."""
AREA_MM2: Final = (25.0, 700.0)
"""Cross section of a windpipe: from an infant's of 6 mm across to an adult's of 27 mm with its
oblique cut (Breatnach et al.: Dimensions of the normal human trachea, AJR 142, 1984:
13 to 27 mm across in adults)."""
FILLING: Final = 0.55
"""Smallest share of its box that a spot fills: a disc fills 0.79, a D of the trachea's back 0.7."""
LONGEST_RATIO: Final = 2.5
"""Largest ratio of the sides of its box."""
MIDDLE_MM: Final = 60.0
"""Farthest a windpipe runs from the middle of the body: pushed aside, it is still nearer."""
SHORTEST_MM: Final = 20.0
"""Shortest course that is called a trachea."""
PURE_HU: Final = -940
"""Voxels of the course that are emptier than this are seeds."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trachea:
    """The course of a windpipe.

    Parameters
    ----------
    seeds
        bool ``[i j k]``: empty voxels in its lumen.
    axis
        Array axis across which it was found.
    top
        Index on that axis of its upper end.
    rises
        Whether the index grows towards the head.
    length_mm
        Along the axis.
    """

    seeds: MaskArray
    axis: int
    top: int
    rises: bool
    length_mm: float


@dataclass(frozen=True, slots=True)
class _Spot:
    slice: int
    label: int
    mask: MaskArray
    corner: tuple[int, int]


def find_trachea(volume: Volume, body: Body) -> Trachea | None:
    """Return the windpipe in a CT scan in Hounsfield units, or None if there is none."""
    from medical.segmenters.body import CAVITY, TISSUE
    from medical.segmenters.coarse import coarsen, spread

    grid = coarsen(volume)
    upward = np.asarray(volume.affine.matrix[2, :3]) / np.asarray(volume.affine.spacing)
    axis = int(np.abs(upward).argmax())
    zones = np.moveaxis(body.zones, axis, 0)
    values = np.moveaxis(grid.values, axis, 0)
    steps = [step for n, step in enumerate(grid.spacing_mm) if n != axis]
    inside = (zones == TISSUE) | (zones == CAVITY)
    middle = _middles_mm(volume, inside, grid.factors, axis)
    course = _longest_course(values, inside, middle, (steps[0], steps[1]))
    length = len(course) * grid.spacing_mm[axis]
    if length < SHORTEST_MM:
        return None
    lumen = np.zeros(values.shape, dtype=np.uint8)
    for spot in course:
        rows, columns = spot.mask.shape
        box = lumen[spot.slice, spot.corner[0] :, spot.corner[1] :][:rows, :columns]
        box[spot.mask] = 1
    marked = spread(np.moveaxis(lumen, 0, axis), grid.factors, volume.shape) > 0
    rises = bool(upward[axis] > 0.0)
    ends = [spot.slice for spot in course]
    last = max(ends) if rises else min(ends)
    factor = grid.factors[axis]
    top = min((last + 1) * factor, volume.shape[axis]) - 1 if rises else last * factor
    return Trachea(
        seeds=np.asarray(marked & (volume.values < PURE_HU)),
        axis=axis,
        top=top,
        rises=rises,
        length_mm=length,
    )


def _middles_mm(
    volume: Volume, inside: MaskArray, factors: tuple[int, int, int], axis: int
) -> NDArray[np.float64]:
    """Return, for blocks ``[I J K]`` with `axis` first, how far right or left of the middle.

    The middle of a slice is half-way between the body's ends from side to side.
    """
    shape = [inside.shape[0], inside.shape[1], inside.shape[2]]
    blocks = np.moveaxis(np.indices(shape, dtype=np.float32), 0, -1)
    order = [axis, *[n for n in range(3) if n != axis]]
    index = np.empty_like(blocks)
    for place, n in enumerate(order):
        index[..., n] = (blocks[..., place] + 0.5) * factors[n] - 0.5
    x = index @ volume.affine.matrix[0, :3].astype(np.float32) + np.float32(
        volume.affine.matrix[0, 3]
    )
    is_shown = inside.any(axis=(1, 2))
    low = np.where(is_shown, np.where(inside, x, np.inf).min(axis=(1, 2)), 0.0)
    high = np.where(is_shown, np.where(inside, x, -np.inf).max(axis=(1, 2)), 0.0)
    middle = 0.5 * (low + high)
    return np.asarray(np.abs(x - middle[:, None, None]))


def _longest_course(
    values: NDArray[np.float32],
    inside: MaskArray,
    aside_mm: NDArray[np.float64],
    steps: tuple[float, float],
) -> list[_Spot]:
    """Return the spots of the longest chain that overlaps from slice to slice."""
    best: list[_Spot] = []
    chains: list[list[_Spot]] = []
    for k in range(len(values)):
        spots = _spots(k, values[k], inside[k], aside_mm[k], steps)
        longer: list[list[_Spot]] = []
        for spot in spots:
            before = [chain for chain in chains if _overlap(chain[-1], spot)]
            longest = max(before, key=len) if before else []
            longer.append([*longest, spot])
        chains = longer
        best = max([best, *chains], key=len)
    return best


def _spots(
    k: int,
    values: NDArray[np.float32],
    inside: MaskArray,
    aside_mm: NDArray[np.float64],
    steps: tuple[float, float],
) -> list[_Spot]:
    """Return the spots of a slice that may be windpipe."""
    from scipy import ndimage

    labels, _ = ndimage.label((values < AIR_HU) & inside)
    found = []
    for number, box in enumerate(ndimage.find_objects(labels), start=1):
        mask = labels[box] == number
        count = int(np.count_nonzero(mask))
        area = count * steps[0] * steps[1]
        sides = sorted(n * step for n, step in zip(mask.shape, steps, strict=True))
        if not AREA_MM2[0] <= area <= AREA_MM2[1] or sides[1] > LONGEST_RATIO * sides[0]:
            continue
        is_round = count >= FILLING * mask.size
        if not is_round or float(aside_mm[box][mask].mean()) > MIDDLE_MM:
            continue
        if float(values[box][mask].mean()) < LUMEN_HU:
            corner = (box[0].start, box[1].start)
            found.append(_Spot(k, number, mask, corner))
    return found


def _overlap(one: _Spot, other: _Spot) -> bool:
    """Return whether two spots of neighboring slices share a place."""
    if other.slice - one.slice != 1:
        return False
    shift = [other.corner[n] - one.corner[n] for n in range(2)]
    low = [max(0, shift[n]) for n in range(2)]
    high = [min(one.mask.shape[n], other.mask.shape[n] + shift[n]) for n in range(2)]
    if low[0] >= high[0] or low[1] >= high[1]:
        return False
    mine = one.mask[low[0] : high[0], low[1] : high[1]]
    its = other.mask[low[0] - shift[0] : high[0] - shift[0], low[1] - shift[1] : high[1] - shift[1]]
    return bool((mine & its).any())
