"""Filters of fields and masks beside the ones in `filters`: smoothing, resampling, holes."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks import fields
from benchmarks.contest import Contest, Entrant, corner_of
from benchmarks.filters import SPACING_MM, picture, threads

SD_MM = 1.5
SHRINK = 0.8
"""Voxels of the new grid for one of the old, along each axis."""


def contests() -> list[Contest]:
    """Return the contests on noise and on the head."""
    return [
        on_noise(
            "Gaussian: noise 256³, 1.5 mm, anisotropic",
            Entrant(name="recon `gaussian`", run=gaussian),
            Entrant(name="SciPy", run=scipy_gaussian),
            Entrant(name="SimpleITK, discrete", prepare=image, run=sitk_gaussian, at_most=3),
            Entrant(name="SimpleITK, recursive", prepare=image, run=sitk_recursive, at_most=3),
        ),
        on_noise(
            "Resampling, linear: noise 256³ to four fifths",
            Entrant(name="recon `resample`", run=lambda field: resampled(field, "linear")),
            Entrant(name="SciPy", run=lambda field: scipy_resampled(field, 1)),
            Entrant(name="SimpleITK", prepare=image, run=lambda im: sitk_resampled(im, "Linear")),
        ),
        on_noise(
            "Resampling, cubic: noise 256³ to four fifths",
            Entrant(name="recon `resample`", run=lambda field: resampled(field, "cubic")),
            Entrant(name="SciPy, B-spline", run=lambda field: scipy_resampled(field, 3), at_most=3),
            Entrant(
                name="SimpleITK, B-spline", prepare=image, at_most=3,
                run=lambda im: sitk_resampled(im, "BSpline"),
            ),
        ),
        on_bone(
            "Components: bone of the head CT 216×512×512, across corners",
            Entrant(name="recon `components`", run=components),
            Entrant(name="cc3d", run=cc3d_components),
            Entrant(name="SciPy `label`", run=scipy_components),
            Entrant(name="SimpleITK", prepare=picture, run=sitk_components),
        ),
        on_bone(
            "Holes: bone of the head CT 216×512×512",
            Entrant(name="recon `fill_holes`", run=holes),
            Entrant(name="SciPy", run=scipy_holes, at_most=3),
            Entrant(name="SimpleITK", prepare=picture, run=sitk_holes, at_most=3),
        ),
    ]  # fmt: skip


def on_noise(title: str, *entrants: Entrant) -> Contest:
    """Return a contest on the noise field."""
    return Contest(
        title=title,
        make=fields.noise,
        crop=corner_of,
        output_bytes=lambda found: getattr(found, "values", found).nbytes,
        entrants=entrants,
    )


def on_bone(title: str, *entrants: Entrant) -> Contest:
    """Return a contest on the bone of the head."""
    return Contest(
        title=title,
        make=bone,
        crop=corner_of,
        output_bytes=lambda found: getattr(found, "labels", found).nbytes,
        entrants=entrants,
    )


@fields.kept
def bone() -> Any:
    """Return where the head is denser than 300 HU, bool ``[216 512 512]``."""
    return fields.head_ct() >= 300


def image(field: Any) -> Any:
    import SimpleITK

    SimpleITK.ProcessObject.SetGlobalDefaultNumberOfThreads(threads())
    found = SimpleITK.GetImageFromArray(field)
    found.SetSpacing(SPACING_MM[::-1])
    return found


def gaussian(field: Any) -> Any:
    from shared.filters import gaussian as ours

    return ours(field, SD_MM, spacing_mm=SPACING_MM)


def scipy_gaussian(field: Any) -> Any:
    from scipy import ndimage

    return ndimage.gaussian_filter(field, [SD_MM / step for step in SPACING_MM])


def sitk_gaussian(given: Any) -> Any:
    import SimpleITK

    return SimpleITK.DiscreteGaussian(given, SD_MM**2)


def sitk_recursive(given: Any) -> Any:
    import SimpleITK

    return SimpleITK.SmoothingRecursiveGaussian(given, SD_MM)


def resampled(field: Any, kind: str) -> Any:
    from shared.affine import Affine
    from shared.filters import Interpolation, resample
    from shared.volume import Volume

    shape = [int(SHRINK * n) for n in field.shape]
    volume = Volume(values=field, affine=Affine.identity())
    coarser = Affine(np.diag([1.0 / SHRINK] * 3 + [1.0]))
    return resample(volume, coarser, shape, outside=0.0, interpolation=Interpolation(kind))


def scipy_resampled(field: Any, order: int) -> Any:
    from scipy import ndimage

    shape = tuple(int(SHRINK * n) for n in field.shape)
    return ndimage.affine_transform(field, [1.0 / SHRINK] * 3, output_shape=shape, order=order)


def sitk_resampled(given: Any, kind: str) -> Any:
    import SimpleITK

    grid = SimpleITK.Image([int(SHRINK * n) for n in given.GetSize()], given.GetPixelID())
    grid.SetSpacing([step / SHRINK for step in given.GetSpacing()])
    method = getattr(SimpleITK, f"sitk{kind}")
    return SimpleITK.Resample(given, grid, SimpleITK.Transform(), method, 0.0)


def components(mask: Any) -> Any:
    from shared.filters import Connectivity
    from shared.filters import components as ours

    return ours(mask, connectivity=Connectivity.FULL)


def cc3d_components(mask: Any) -> Any:
    import cc3d

    return cc3d.connected_components(mask, connectivity=26)


def scipy_components(mask: Any) -> Any:
    from scipy import ndimage

    return ndimage.label(mask, np.ones((3, 3, 3)))


def sitk_components(given: Any) -> Any:
    import SimpleITK

    return SimpleITK.ConnectedComponent(given, True)


def holes(mask: Any) -> Any:
    from shared.filters import fill_holes as ours

    return ours(mask)


def scipy_holes(mask: Any) -> Any:
    from scipy import ndimage

    return ndimage.binary_fill_holes(mask)


def sitk_holes(given: Any) -> Any:
    import SimpleITK

    return SimpleITK.BinaryFillhole(given)
