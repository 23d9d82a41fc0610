"""Measures of an ellipsoid are those of its formula, however the grid is turned."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings

from medical.objects.measures import csv_text, distance_between, measure_labels
from shared.affine import Affine
from shared.concept import Label, LabelTable
from shared.errors import FrameMismatchError, InvalidValueError
from shared.segmentation import LabelMap, LevelField, Segmentation
from shared.volume import Volume
from tests.fixtures.phantoms import grid_matrix
from tests.fixtures.strategies import rotations

SHAPE = (36, 44, 48)
HALF_AXES = np.array([20.0, 14.0, 9.0])


def ellipsoid(rotation: np.ndarray, tilt_deg: float = 0.0) -> Segmentation:
    matrix = grid_matrix(SHAPE, (1.6, 1.2, 1.1), center=(5, -6, 7), tilt_deg=tilt_deg)
    affine = Affine(matrix)
    world = affine.apply(np.moveaxis(np.indices(SHAPE), 0, -1)) - (5, -6, 7)
    far = np.linalg.norm((world @ rotation) / HALF_AXES, axis=-1)
    layer = LabelMap(
        values=(far <= 1).astype(np.uint8),
        affine=affine,
        labels=LabelTable((Label(value=1, name="ellipsoid"),)),
    )
    field = LevelField(values=(1.0 - far).astype(np.float32), level=0.0)
    return Segmentation(layers=(layer,), fields={"ellipsoid": field})


@settings(max_examples=6)
@given(rotation=rotations())
def test_volume_center_axes_and_lengths_are_those_of_the_ellipsoid(rotation):
    (found,) = measure_labels(ellipsoid(rotation, tilt_deg=12.0))
    assert found.volume_ml == pytest.approx(4 / 3 * np.pi * HALF_AXES.prod() / 1000, rel=0.02)
    assert found.centroid_mm == pytest.approx((5, -6, 7), abs=0.1)
    assert found.axis_lengths_mm == pytest.approx(2 * HALF_AXES, rel=0.02)
    for axis, truth in zip(found.axes, rotation.T, strict=True):
        assert abs(np.dot(axis, truth)) > 0.998
        assert axis[int(np.abs(axis).argmax())] > 0
    extent = np.linalg.norm(rotation * HALF_AXES, axis=1)
    assert np.subtract(found.high_mm, found.low_mm) == pytest.approx(2 * extent, abs=3.2)


def test_the_area_is_that_of_the_surface():
    (found,) = measure_labels(ellipsoid(np.eye(3)))
    p = 1.6075  # Thomsen's formula, exact within 1.1 %
    a, b, c = HALF_AXES**p
    area = 4 * np.pi * ((a * b + a * c + b * c) / 3) ** (1 / p)
    assert found.area_mm2 == pytest.approx(area, rel=0.015)


def test_values_of_the_scan_are_summed_up_where_the_label_is():
    made = ellipsoid(np.eye(3))
    values = np.random.default_rng(0).normal(40, 10, SHAPE).astype(np.float32)
    values[made.layers[0].values == 0] = 9999
    (found,) = measure_labels(made, Volume(values=values, affine=made.affine))
    assert found.mean == pytest.approx(40, abs=0.3)
    assert found.percentiles is not None
    assert found.percentiles[95] == pytest.approx(40 + 16.45, abs=0.6)
    with pytest.raises(FrameMismatchError):
        measure_labels(made, Volume(values=values, affine=Affine.identity()))
    (row,) = csv.DictReader(io.StringIO(csv_text(measure_labels(made))))
    assert float(row["centroid_mm_y"]) == pytest.approx(-6, abs=0.1)


def test_the_distance_of_two_labels_is_that_of_their_nearest_voxels():
    matrix = grid_matrix((10, 20, 30), (2.0, 1.0, 1.0))
    values = np.zeros((10, 20, 30), np.uint8)
    values[2:5, 3:8, 2:6], values[7:9, 12:18, 20:25] = 1, 2
    labels = LabelTable((Label(value=1, name="one"), Label(value=2, name="other")))
    layer = LabelMap(values=values, affine=Affine(matrix), labels=labels)
    made = Segmentation(layers=(layer,))
    found = distance_between(made, "one", "other")
    assert found.nearest_mm == pytest.approx(np.linalg.norm([3 * 2.0, 5, 15]))
    assert np.linalg.norm(np.subtract(*found.places_mm)) == pytest.approx(found.nearest_mm)
    assert distance_between(made, "one", "one").nearest_mm == 0.0
    with pytest.raises(InvalidValueError, match="nobody"):
        distance_between(made, "one", "nobody")
