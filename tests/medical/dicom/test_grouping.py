"""Time points, b-values and echoes of one scan are one thing with many members."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import medical
from medical.dicom import choose_series, describe, find_series, read_series
from medical.dicom.groups import Axis
from shared.errors import UsageError
from tests.fixtures.phantoms import grid_matrix, write_dicom_series

SHAPE = (3, 4, 4)
MATRIX = grid_matrix(SHAPE, (3.0, 1.0, 1.0))


def numbers(seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(-1000, 2000, SHAPE).astype(np.int16)


def write_points(folder: Path, tags: list[dict[str, object]], matrix=MATRIX, **options) -> None:
    """Write one stack for each set of tags, all of one series."""
    for k, values in enumerate(tags):

        def change(dataset, number, k=k, values=values):
            for keyword, value in values.items():
                setattr(dataset, keyword, value)
            dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID}.{k}"

        write_dicom_series(
            folder / str(k), numbers(k), matrix, modality="MR", change=change, **options
        )


def test_time_points_are_one_group_in_order(tmp_path):
    write_points(tmp_path, [{"TemporalPositionIdentifier": k + 1} for k in range(12)])
    study = find_series(tmp_path)
    (group,) = study.groups
    assert group.axis is Axis.TIME
    assert group.is_uniform
    assert [point["temporal_position"] for point in group.points] == list(range(1, 13))
    for k, series in enumerate(group.members):
        np.testing.assert_array_equal(read_series(series).values, numbers(k))
    choice = choose_series(study)
    assert choice.series is group.members[0]
    assert choice.group == group
    assert not choice.ties
    assert not choice.alternatives
    (summary,) = describe(study)
    assert (summary.slices, summary.points, summary.axis) == (3, 12, "time")
    json.dumps(summary.as_dict())


def test_one_time_point_is_read_by_its_number(tmp_path):
    write_points(tmp_path, [{"TemporalPositionIdentifier": k + 1} for k in range(3)])
    np.testing.assert_array_equal(medical.read_volume(tmp_path).values, numbers(0))
    volume = medical.read_volume(tmp_path, time=3)
    np.testing.assert_array_equal(volume.values, numbers(2))
    assert "time point 3 of 3" in volume.findings[0].message
    for wrong in (0, 4, -1):
        with pytest.raises(UsageError, match=f"no time point {wrong}"):
            medical.read_volume(tmp_path, time=wrong)


def test_b_values_and_directions_are_one_diffusion_group(tmp_path):
    directions = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    tags = [{"DiffusionBValue": 0.0}]
    tags += [{"DiffusionBValue": 1000.0, "DiffusionGradientOrientation": d} for d in directions]
    write_points(tmp_path, tags)
    (group,) = find_series(tmp_path).groups
    assert group.axis is Axis.DIFFUSION
    assert [point["b_value"] for point in group.points] == [0.0, 1000.0, 1000.0, 1000.0]


def test_each_echo_of_a_time_series_is_a_group_of_its_own(tmp_path):
    tags = [
        {"EchoNumbers": echo, "TemporalPositionIdentifier": time}
        for echo in (1, 2)
        for time in (1, 2, 3)
    ]
    write_points(tmp_path, tags)
    groups = find_series(tmp_path).groups
    assert [(g.axis, len(g.members)) for g in groups] == [(Axis.TIME, 3)] * 2


def test_magnitude_and_phase_are_no_points_of_one_group(tmp_path):
    kinds = (["ORIGINAL", "PRIMARY", "M"], ["ORIGINAL", "PRIMARY", "P"])
    write_points(tmp_path, [{"ImageType": kind} for kind in kinds])
    assert [len(g.members) for g in find_series(tmp_path).groups] == [1, 1]


def test_two_parts_of_the_body_that_overlap_a_little_are_two_groups(tmp_path):
    shape = (8, 4, 4)
    for k, start in enumerate((0.0, 18.0)):
        matrix = grid_matrix(shape, (3.0, 1.0, 1.0))
        matrix[2, 3] += start
        write_dicom_series(
            tmp_path / str(k),
            np.full(shape, k, np.int16),
            matrix,
            acquisition_number=k + 1,
            change=lambda d, n, k=k: d.__setattr__("SOPInstanceUID", f"{d.SOPInstanceUID}.{k}"),
        )
    assert [len(g.members) for g in find_series(tmp_path).groups] == [1, 1]


def test_trigger_times_that_jitter_from_slice_to_slice_still_make_phases(tmp_path):
    rng = np.random.default_rng(1)
    for phase in range(5):

        def change(dataset, number, phase=phase):
            dataset.TriggerTime = f"{40 * phase + rng.integers(-3, 4):d}"
            dataset.InstanceNumber = 5 * number + phase + 1
            dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID}.{phase}"

        write_dicom_series(
            tmp_path / str(phase), numbers(phase), MATRIX, modality="MR", change=change
        )
    (group,) = find_series(tmp_path).groups
    assert [len(s.slices) for s in group.members] == [3] * 5
    for phase, series in enumerate(group.members):
        np.testing.assert_array_equal(read_series(series).values, numbers(phase))


def test_repeated_b0_volumes_are_members_like_the_others(tmp_path):
    tags = [{"DiffusionBValue": b, "AcquisitionNumber": k + 1} for k, b in enumerate((0, 0, 800))]
    tags += [{"DiffusionBValue": 800, "AcquisitionNumber": 4}]
    write_points(tmp_path, tags)
    (group,) = find_series(tmp_path).groups
    assert group.axis is Axis.DIFFUSION
    assert [point["b_value"] for point in group.points] == [0.0, 0.0, 800.0, 800.0]


def test_a_time_point_that_lost_a_slice_stays_and_is_told(tmp_path):
    write_points(tmp_path, [{"TemporalPositionIdentifier": k + 1} for k in range(4)])
    next(p for p in sorted((tmp_path / "2").iterdir())[1:]).unlink()
    study = find_series(tmp_path)
    (group,) = study.groups
    assert len(group.members) == 4
    assert not group.is_uniform
    (summary,) = describe(study)
    assert "points-differ" in {f["code"] for f in summary.findings}
