"""Surfaces of labels: field inside mask, finish, caps, measures."""

from __future__ import annotations

import numpy as np
import pytest

from medical.parts import Finish, to_parts
from medical.report import grid_report
from medical.sides import direction_word, extent_by_side, place_words
from medical.timing import StepClock
from shared.affine import Affine
from shared.concept import Label, LabelTable
from shared.errors import NothingToBuildError
from shared.meshing import topology
from shared.segmentation import LabelMap, LevelField, Segmentation
from shared.volume import Quantity, Volume
from tests.fixtures.phantoms import grid_matrix

RADIUS_MM = 15.0
TABLE = LabelTable((Label(value=2, name="ball"),))


def ball(*, with_field: bool = True, cut: bool = False) -> Segmentation:
    """A ball as a field of distances, its label map a voxel wider than the ball."""
    matrix = grid_matrix((24, 40, 44), (1.5, 1.0, 0.9), center=(0.0, 0.0, 10.0 if cut else 0.0))
    index = np.stack(np.meshgrid(*map(np.arange, (24, 40, 44)), indexing="ij"), axis=-1)
    world = index @ matrix[:3, :3].T + matrix[:3, 3]
    inside = (RADIUS_MM - np.linalg.norm(world, axis=-1)).astype(np.float32)
    layer = LabelMap(
        values=((inside > -2.0) * 2).astype(np.uint8), affine=Affine(matrix), labels=TABLE
    )
    fields = {"ball": LevelField(values=inside, level=0.0)} if with_field else {}
    return Segmentation(layers=(layer,), fields=fields)


def test_the_surface_comes_from_the_field_and_not_from_the_blocky_mask() -> None:
    (part,) = to_parts(ball())
    radii = np.linalg.norm(part.mesh.vertices, axis=1)
    np.testing.assert_allclose(radii, RADIUS_MM, atol=0.05)
    assert part.path == "/ball"
    true_ml = 4 / 3 * np.pi * RADIUS_MM**3 / 1000
    assert part.properties["volume_ml"] == pytest.approx(true_ml, rel=0.01)
    assert part.properties["area_mm2"] == pytest.approx(4 * np.pi * RADIUS_MM**2, rel=0.01)


def test_a_label_without_a_field_is_the_surface_of_its_voxels() -> None:
    (part,) = to_parts(ball(with_field=False))
    assert part.properties["level"] is None
    assert topology(part.mesh).solid
    assert part.properties["volume_ml"] == pytest.approx(
        part.properties["voxel_volume_ml"], rel=0.03
    )


def test_a_field_beyond_its_label_is_cut_off_there() -> None:
    whole = ball()
    half = whole.layers[0].values.copy()
    half[:, :, 22:] = 0
    layer = LabelMap(values=half, affine=whole.layers[0].affine, labels=TABLE)
    (part,) = to_parts(Segmentation(layers=(layer,), fields=whole.fields))
    assert topology(part.mesh).solid
    assert part.properties["volume_ml"] == pytest.approx(
        2 / 3 * np.pi * RADIUS_MM**3 / 1000, rel=0.02
    )


def test_where_the_scan_cuts_a_part_a_cap_says_so() -> None:
    (part,) = to_parts(ball(cut=True))
    (cap,) = part.properties["caps"]
    distance = 10.0 - 11.5 * 1.5
    assert cap["side"] == "I"
    assert cap["area_mm2"] == pytest.approx(np.pi * (RADIUS_MM**2 - distance**2), rel=0.01)
    assert cap["place_mm"][2] == pytest.approx(distance, abs=0.01)
    assert part.properties["closed"] is True


def test_a_label_that_no_voxel_has_is_nothing_to_build() -> None:
    layer = ball().layers[0]
    empty = LabelMap(values=np.zeros_like(layer.values), affine=layer.affine, labels=TABLE)
    with pytest.raises(NothingToBuildError):
        to_parts(Segmentation(layers=(empty,)))


def test_intersections_are_counted_only_if_asked_for() -> None:
    (part,) = to_parts(ball(), finish=Finish(self_intersections=True))
    assert part.properties["self_intersections"] == 0


@pytest.mark.parametrize("tilt", [0.0, 12.5, -18.5])
def test_tilt_is_measured_from_the_affine(tilt: float) -> None:
    matrix = grid_matrix((5, 6, 7), (2.0, 1.0, 1.0), tilt_deg=tilt)
    volume = Volume(values=np.zeros((5, 6, 7)), affine=Affine(matrix), quantity=Quantity.HU)
    plain = grid_report(volume).as_dict()
    assert plain["tilt_deg"] == pytest.approx(abs(tilt), abs=1e-3)
    assert plain["quantity"] == "HU"


def test_a_grid_tells_the_sides_of_its_extent() -> None:
    matrix = grid_matrix((5, 6, 7), (2.0, 1.0, 3.0), center=(1.0, 2.0, 3.0), orientation="prone")
    values = np.array([np.nan, 3.0, 9.0] * 70, dtype=np.float32).reshape(5, 6, 7)
    plain = grid_report(Volume(values=values, affine=Affine(matrix))).as_dict()
    assert plain["axes_lead_to"] == ["S", "A", "R"]
    assert plain["extent_mm"]["x"] == {"R": -8.0, "L": 10.0}
    assert plain["value_range"] == [3.0, 9.0]


def test_words_for_sides() -> None:
    assert place_words((1.0, -2.0, -3.0)) == "L 1.0, A 2.0, I 3.0 mm"
    assert direction_word((0.0, 1.0, 0.2)) == "P"
    assert extent_by_side((0, 0, 0), (1, 1, 1))["z"] == {"I": 0.0, "S": 1.0}


def test_the_clock_adds_up_steps_and_passes_progress_on() -> None:
    told: list[tuple[str, float]] = []
    clock = StepClock(lambda step, share: told.append((step, share)))
    clock("read", 0.0)
    clock("read", 1.0)
    clock("write", 0.0)
    clock("read", 0.5)
    times = clock.stop()
    assert set(times) == {"read", "write", "total"}
    assert times["total"] == pytest.approx(times["read"] + times["write"])
    assert told == [("read", 0.0), ("read", 1.0), ("write", 0.0), ("read", 0.5)]
