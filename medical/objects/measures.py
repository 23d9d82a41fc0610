"""Measures: how large each label is, where it lies, and what the scan holds in it.

Volumes and HU are those of the voxels, areas those of the surface that `medical.parts`
makes; both say so by their names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from shared.errors import FrameMismatchError, NothingToBuildError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.concept import Concept, Label
    from shared.segmentation import LabelMap, Segmentation
    from shared.shapes import MaskArray
    from shared.volume import Volume

PERCENTILES: Final = (5, 25, 50, 75, 95)
"""Percentiles of the values that are told."""
Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelMeasures:
    """What was measured of one label.

    Parameters
    ----------
    name, concept
        Of the label.
    voxels
        Their number.
    volume_ml
        Theirs together.
    area_mm2
        Of the surface between the label's voxels and the others: along its field where it
        has one, closed where the border of the scan cuts it.
    low_mm, high_mm
        Least and greatest LPS coordinate of the label's voxel centres.
    centroid_mm
        Mean of the voxel centres, LPS.
    axes
        Unit vectors of the principal axes, longest first, LPS; each points to its side of
        greatest component.
    axis_lengths_mm
        Full lengths of the solid ellipsoid with the same moments.
    mean, deviation, percentiles
        Of the scan's values in the label, in its quantity; None without a scan.
    """

    name: str
    concept: Concept | None
    voxels: int
    volume_ml: float
    area_mm2: float
    low_mm: Vector
    high_mm: Vector
    centroid_mm: Vector
    axes: tuple[Vector, Vector, Vector]
    axis_lengths_mm: Vector
    mean: float | None = None
    deviation: float | None = None
    percentiles: dict[int, float] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for JSON and tables, rounded to what the voxels tell."""
        plain: dict[str, Any] = {
            "name": self.name,
            "code": None if self.concept is None else self.concept.code,
            "scheme": None if self.concept is None else self.concept.scheme,
            "voxels": self.voxels,
            "volume_ml": round(self.volume_ml, 4),
            "area_cm2": round(self.area_mm2 / 100.0, 3),
            "extent_mm": [
                round(high - low, 3) for low, high in zip(self.low_mm, self.high_mm, strict=True)
            ],
            "low_mm": _rounded(self.low_mm),
            "high_mm": _rounded(self.high_mm),
            "centroid_mm": _rounded(self.centroid_mm),
            "axis_lengths_mm": _rounded(self.axis_lengths_mm),
            "axes": [[round(x, 5) for x in axis] for axis in self.axes],
        }
        if self.mean is not None and self.deviation is not None:
            plain["mean"], plain["deviation"] = round(self.mean, 2), round(self.deviation, 2)
            plain |= {f"p{n}": round(x, 2) for n, x in (self.percentiles or {}).items()}
        return plain


ELLIPSOID_FACTOR: Final = float(np.sqrt(20.0))
"""Full axis of a solid ellipsoid over the standard deviation along it: its variance is the
square of the half axis over 5."""


def measure_labels(
    segmentation: Segmentation, volume: Volume | None = None
) -> tuple[LabelMeasures, ...]:
    """Return the measures of every label, in order.

    Parameters
    ----------
    segmentation
        Labels that each have a voxel.
    volume
        The scan on the same grid, for mean and percentiles of its values.

    Raises
    ------
    FrameMismatchError
        If the scan is on another grid.
    NothingToBuildError
        If a label has no voxel.
    """
    if volume is not None:
        first = segmentation.layers[0]
        if volume.shape != first.shape or not volume.affine.isclose(first.affine, tolerance=1e-3):
            raise FrameMismatchError("Labels and scan stand on different grids.")
    return tuple(
        _measured(segmentation, layer, label, volume)
        for layer in segmentation.layers
        for label in layer.labels
    )


def _measured(
    segmentation: Segmentation, layer: LabelMap, label: Label, volume: Volume | None
) -> LabelMeasures:
    mask = layer.values == label.value
    index = np.argwhere(mask)
    if not len(index):
        raise NothingToBuildError(f"There is nothing of {label.name}.")
    to_mm = layer.frame.to_mm(1.0)
    centers = layer.affine.apply(index) * to_mm
    middle = centers.mean(axis=0)
    axes, lengths = _principal_axes(centers - middle, layer)
    values = None if volume is None else np.asarray(volume.values)[mask].astype(np.float64)
    found = _statistics(values)
    return LabelMeasures(
        name=label.name,
        concept=label.concept,
        voxels=len(index),
        volume_ml=len(index) * layer.affine.voxel_volume * to_mm**3 * 1e-3,
        area_mm2=_area(segmentation, layer, label, mask),
        low_mm=_vector(centers.min(axis=0)),
        high_mm=_vector(centers.max(axis=0)),
        centroid_mm=_vector(middle),
        axes=axes,
        axis_lengths_mm=lengths,
        **found,
    )


def _principal_axes(
    offsets: NDArray[np.float64], layer: LabelMap
) -> tuple[tuple[Vector, Vector, Vector], Vector]:
    """Return principal axes and full lengths; a voxel counts as the box that it is."""
    steps = layer.affine.matrix[:3, :3] * layer.frame.to_mm(1.0)
    scatter = offsets.T @ offsets / len(offsets) + steps @ steps.T / 12.0
    variances, vectors = np.linalg.eigh(scatter)
    order = np.argsort(-variances)
    axes = [
        _vector(vector * np.sign(vector[np.abs(vector).argmax()])) for vector in vectors[:, order].T
    ]
    lengths = ELLIPSOID_FACTOR * np.sqrt(np.maximum(variances[order], 0.0))
    return (axes[0], axes[1], axes[2]), _vector(lengths)


def _area(segmentation: Segmentation, layer: LabelMap, label: Label, mask: MaskArray) -> float:
    from shared.meshing import measure
    from shared.surfaces import isosurface
    from shared.volume import Volume

    field = segmentation.fields.get(label.name)
    if field is None:
        surface = isosurface(Volume(values=mask, affine=layer.affine, frame=layer.frame), 0.5)
    else:
        own = Volume(values=field.values, affine=layer.affine, frame=layer.frame)
        surface = isosurface(own, field.level, mask=mask)
    return float(measure(surface).area_mm2)


def _statistics(values: NDArray[np.float64] | None) -> dict[str, Any]:
    if values is None:
        return {}
    finite = values[np.isfinite(values)]
    if not finite.size:
        return {}
    at = np.percentile(finite, PERCENTILES).tolist()
    return {
        "mean": float(finite.mean()),
        "deviation": float(finite.std()),
        "percentiles": dict(zip(PERCENTILES, at, strict=True)),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDistance:
    """How far two labels are from each other, between voxel centres.

    Parameters
    ----------
    nearest_mm
        Shortest distance; 0 where they overlap.
    places_mm
        LPS of a nearest pair of voxel centres, one in each label.
    centroids_mm
        Distance of the centroids.
    """

    nearest_mm: float
    places_mm: tuple[Vector, Vector]
    centroids_mm: float


def distance_between(segmentation: Segmentation, first: str, second: str) -> LabelDistance:
    """Return the distance of two labels by their names.

    Raises
    ------
    NothingToBuildError
        If one of them has no voxel.
    InvalidValueError
        If there is no such label.
    """
    from scipy.spatial import cKDTree

    one, other = (_border_points(segmentation, name) for name in (first, second))
    far, nearest = cKDTree(other.border).query(one.border)
    at = int(far.argmin())
    pair = (_vector(one.border[at]), _vector(other.border[int(nearest[at])]))
    shared = one.mask & other.mask
    if shared.any():
        place = _vector(segmentation.affine.apply(np.argwhere(shared)[0]))
        pair = (place, place)
    return LabelDistance(
        nearest_mm=0.0 if shared.any() else float(far[at]),
        places_mm=pair,
        centroids_mm=float(np.linalg.norm(one.centroid - other.centroid)),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Border:
    mask: MaskArray
    border: NDArray[np.float64]
    centroid: NDArray[np.float64]


def _border_points(segmentation: Segmentation, name: str) -> _Border:
    """Return a label's mask, the centres of its border voxels ``[n 3]``, and its centroid."""
    from shared.errors import InvalidValueError
    from shared.filters import erode

    for layer in segmentation.layers:
        for label in layer.labels:
            if label.name != name:
                continue
            mask = np.asarray(layer.values == label.value)
            if not mask.any():
                raise NothingToBuildError(f"There is nothing of {name}.")
            wide = np.pad(mask, 1)  # beyond the grid is outside
            inner = erode(wide, 1.0, spacing_mm=(1.0, 1.0, 1.0))[1:-1, 1:-1, 1:-1]
            border = mask & ~inner
            to_mm = layer.frame.to_mm(1.0)
            return _Border(
                mask=mask,
                border=layer.affine.apply(np.argwhere(border)) * to_mm,
                centroid=layer.affine.apply(np.argwhere(mask)).mean(axis=0) * to_mm,
            )
    raise InvalidValueError(f"No label is called {name!r}.")


def csv_text(measures: tuple[LabelMeasures, ...]) -> str:
    """Return measures as CSV, a line a label; vectors take a column for each coordinate."""
    import csv
    import io

    rows = [_flat(one.as_dict()) for one in measures]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _flat(plain: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in plain.items():
        if key == "axes":
            continue
        if isinstance(value, list):
            ends = "123" if key == "axis_lengths_mm" else "xyz"
            flat |= {f"{key}_{end}": x for end, x in zip(ends, value, strict=True)}
        else:
            flat[key] = value
    return flat


def _vector(numbers: NDArray[np.float64]) -> Vector:
    x, y, z = (float(n) for n in numbers)
    return x, y, z


def _rounded(vector: Vector) -> list[float]:
    return [round(x, 3) for x in vector]
