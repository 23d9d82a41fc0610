"""Filters of masks: components, distance, morphology."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from benchmarks import fields
from benchmarks.contest import Contest, Entrant, corner_of

SPACING_MM = (1.5, 0.8, 0.8)
RADIUS_MM = 4.0
SLOW = 3
"""Repetitions of peers that take seconds."""


def contests() -> list[Contest]:
    """Return one contest for each filter, on the same mask."""
    return [
        contest(
            "Components: blobs 192×256×256, across faces",
            Entrant(name="recon `components`", run=components),
            Entrant(name="cc3d", run=cc3d_components),
            Entrant(name="SciPy `label`", run=scipy_components),
            Entrant(name="SimpleITK", prepare=picture, run=sitk_components),
        ),
        contest(
            "Distance: blobs 192×256×256, anisotropic",
            Entrant(name="recon `distance`", run=distance),
            Entrant(name="edt", run=edt_distance),
            Entrant(name="SciPy", run=scipy_distance, at_most=SLOW),
            Entrant(name="SimpleITK", prepare=picture, run=sitk_distance, at_most=SLOW),
        ),
        contest(
            "Dilation: blobs 192×256×256, ball of 4 mm",
            Entrant(name="recon `dilate`", run=dilate),
            Entrant(name="edt, then a threshold", run=edt_dilate),
            Entrant(name="SciPy", run=scipy_dilate, at_most=1),
            Entrant(name="SimpleITK", prepare=picture, run=sitk_dilate, at_most=SLOW),
        ),
    ]


def contest(title: str, *entrants: Entrant) -> Contest:
    """Return the contest of one filter."""
    return Contest(
        title=title,
        make=fields.blobs,
        crop=corner_of,
        output_bytes=lambda found: getattr(found, "labels", found).nbytes,
        entrants=entrants,
    )


def threads() -> int:
    return len(os.sched_getaffinity(0))


def picture(mask: Any) -> Any:
    import SimpleITK

    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(threads())
    found = SimpleITK.GetImageFromArray(mask.view(np.uint8))
    found.SetSpacing(SPACING_MM[::-1])
    return found


def components(mask: Any) -> Any:
    from shared.filters import components as ours

    return ours(mask)


def cc3d_components(mask: Any) -> Any:
    import cc3d

    return cc3d.connected_components(mask, connectivity=6)


def scipy_components(mask: Any) -> Any:
    from scipy import ndimage

    return ndimage.label(mask)


def sitk_components(given: Any) -> Any:
    import SimpleITK

    return SimpleITK.ConnectedComponent(given)


def distance(mask: Any) -> Any:
    from shared.filters import distance as ours

    return ours(mask, spacing_mm=SPACING_MM)


def edt_distance(mask: Any) -> Any:
    import edt

    return edt.edt(mask, anisotropy=SPACING_MM, parallel=threads())


def scipy_distance(mask: Any) -> Any:
    from scipy import ndimage

    return ndimage.distance_transform_edt(mask, sampling=SPACING_MM)


def sitk_distance(given: Any) -> Any:
    import SimpleITK

    return SimpleITK.SignedMaurerDistanceMap(given, squaredDistance=False, useImageSpacing=True)


def dilate(mask: Any) -> Any:
    from shared.filters import dilate as ours

    return ours(mask, RADIUS_MM, spacing_mm=SPACING_MM)


def edt_dilate(mask: Any) -> Any:
    import edt

    return edt.edt(~mask, anisotropy=SPACING_MM, parallel=threads()) <= RADIUS_MM


def scipy_dilate(mask: Any) -> Any:
    from scipy import ndimage

    return ndimage.binary_dilation(mask, ball())


def sitk_dilate(given: Any) -> Any:
    import SimpleITK

    reach = [int(RADIUS_MM / step) for step in SPACING_MM[::-1]]
    return SimpleITK.BinaryDilate(given, reach, SimpleITK.sitkBall)


def ball() -> Any:
    """Return the offsets within the radius as a mask."""
    axes = [
        np.arange(-int(RADIUS_MM / step), int(RADIUS_MM / step) + 1) * step for step in SPACING_MM
    ]
    x, y, z = np.meshgrid(*axes, indexing="ij", sparse=True)
    return x**2 + y**2 + z**2 <= RADIUS_MM**2
