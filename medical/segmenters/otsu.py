"""Otsu: levels that part the values of any scan into classes as unlike as can be.

Otsu: A Threshold Selection Method from Gray-Level Histograms, IEEE Transactions on Systems,
Man, and Cybernetics 9, 1979, doi:10.1109/TSMC.1979.4310076.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medical.objects.names import spread_color
from medical.segmenters.ranges import range_field, segmentation_of_masks
from shared.concept import Label
from shared.errors import NothingToBuildError, UsageError

if TYPE_CHECKING:
    from medical.segmenters import Segmenter
    from shared.segmentation import Segmentation
    from shared.volume import Volume

MOST_CLASSES: Final = 5
"""More than this take minutes, and mean nothing."""
SAMPLED: Final = 2_000_000
"""Values that the levels are taken from."""
CUT_SHARE: Final = 0.001
"""Share of the darkest and of the brightest values that count as the next ones: single
bright voxels would take a class for themselves."""


def otsu_levels(volume: Volume, *, classes: int = 2) -> tuple[float, ...]:
    """Return the levels between `classes` classes of values, rising.

    Raises
    ------
    UsageError
        If `classes` is not 2 to `MOST_CLASSES`.
    NothingToBuildError
        If the volume has fewer different values than classes.
    """
    from skimage.filters import threshold_multiotsu

    if not 2 <= classes <= MOST_CLASSES:
        raise UsageError(
            f"{classes} classes make no sense.", remedy=f"Ask for 2 to {MOST_CLASSES}."
        )
    sample: Any = volume.values.reshape(-1)[:: max(1, volume.values.size // SAMPLED)]
    sample = sample[np.isfinite(sample)].astype(np.float64)
    if sample.size:
        sample = np.clip(sample, *np.quantile(sample, [CUT_SHARE, 1.0 - CUT_SHARE]))
    if len(np.unique(sample[:: max(1, sample.size // 10_000)])) < classes:
        raise NothingToBuildError(
            "The values are too alike to be parted.", remedy="Check that the scan shows something."
        )
    return tuple(float(level) for level in threshold_multiotsu(sample, classes=classes))


def otsu_segmenter(name: str = "class", *, classes: int = 2, first_value: int = 1) -> Segmenter:
    """Return a segmenter that labels every class of values but the darkest.

    Works on any modality. Labels are called `name` with the number of the class, from 1;
    with two classes just `name`.
    """

    def segment(volume: Volume) -> Segmentation:
        levels = otsu_levels(volume, classes=classes)
        ends = (*levels[1:], np.inf)
        found = []
        for n, (low, high) in enumerate(zip(levels, ends, strict=True)):
            value = first_value + n
            own = name if classes == 2 else f"{name}_{n + 1}"
            label = Label(value=value, name=own, color=spread_color(value))
            mask = np.asarray((volume.values >= low) & (volume.values < high))
            found.append((label, mask, range_field(volume.values, low, high)))
        return segmentation_of_masks(volume, found, "otsu", levels=list(levels))

    return segment
