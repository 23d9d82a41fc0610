"""From any folder of slices to any file, every place holds what was scanned there."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from medical.dicom.series import Series, SliceHeader
from medical.images import write_image
from medical.stacking import stack, time_step_s
from shared.affine import Affine
from shared.errors import UsageError
from tests.fixtures.phantoms import ORIENTATIONS, grid_matrix, write_dicom_series
from tests.fixtures.strategies import rotations

SHAPE = (7, 8, 9)
SLOPE_PER_MM = 20.0
"""Steep enough that a tenth of a millimeter shows above rounding to whole numbers."""


@st.composite
def scans(draw: st.DrawFn) -> dict:
    """Grids of any orientation and tilt, with missing and uneven slices."""
    spacing = draw(hnp.arrays(float, 3, elements=st.floats(0.5, 3.0)))
    tilt = draw(st.sampled_from([0.0, 0.0, -24.0, 7.5, 30.0]))
    matrix = grid_matrix(
        SHAPE,
        spacing,
        center=tuple(draw(hnp.arrays(float, 3, elements=st.floats(-200, 200)))),
        orientation=draw(st.sampled_from(sorted(ORIENTATIONS))),
        rotation=draw(st.one_of(st.none(), rotations())),
        tilt_deg=tilt,
    )
    gaps = draw(st.sampled_from(["none", "missing", "uneven"]))
    missing = draw(st.sets(st.integers(1, SHAPE[0] - 2), max_size=2)) if gaps == "missing" else ()
    moved = draw(hnp.arrays(float, SHAPE[0], elements=st.floats(0.0, 0.4)))
    places = np.arange(SHAPE[0]) + (moved if gaps == "uneven" else 0.0)
    return {"matrix": matrix, "missing": missing, "places": places}


def field(at: np.ndarray, center: np.ndarray, direction: np.ndarray) -> np.ndarray:
    return SLOPE_PER_MM * ((at - center) @ direction)


@settings(max_examples=12)
@given(
    scan=scans(),
    direction=hnp.arrays(float, 3, elements=st.floats(-1, 1)),
    suffix=st.sampled_from([".nii", ".nii.gz", ".nrrd", ".mha"]),
)
def test_simpleitk_finds_at_every_place_what_was_scanned_there(scan, direction, suffix):
    matrix, places = scan["matrix"], scan["places"]
    step = matrix[:3, 0].copy()
    index = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), -1).astype(float)
    index[..., 0] = places[:, None, None]
    at = Affine(matrix).apply(index)
    center = at.mean(axis=(0, 1, 2))
    values = np.rint(field(at, center, direction)).astype(np.int16)

    def moved(dataset, number):
        corner = matrix[:3, 3] + step * places[number]
        dataset.ImagePositionPatient = [f"{x:.9g}" for x in corner]

    with TemporaryDirectory() as folder:
        options = {"leave_out": scan["missing"], "change": moved, "modality": "MR"}
        write_dicom_series(Path(folder) / "scan", values, matrix, **options)
        stacked = stack(Path(folder) / "scan")
        path = Path(folder) / f"volume{suffix}"
        write_image(stacked.volumes, path)
        image = SimpleITK.ReadImage(str(path))
    kept = [k for k in range(SHAPE[0]) if k not in scan["missing"]]
    inside = at[kept][:, 1:-1, 1:-1].reshape(-1, 3)
    found = np.array([_value_at(image, point) for point in inside])
    # whole numbers of both slices around are half a unit off, places written a millionth
    np.testing.assert_allclose(found, field(inside, center, direction), atol=1.2)


def _value_at(image: SimpleITK.Image, point: np.ndarray) -> float:
    index = np.array(image.TransformPhysicalPointToContinuousIndex(point.tolist()))
    size = np.array(image.GetSize()) - 1
    assert (index > -1e-3).all()
    assert (index < size + 1e-3).all()
    return float(image.EvaluateAtContinuousIndex(np.clip(index, 0, size).tolist()))


def series_at(**phase: object) -> Series:
    header = SliceHeader(file=Path("x"), position_mm=(0.0, 0.0, 0.0))
    return Series(
        slices=(header,),
        rows=1,
        columns=1,
        orientation=(1, 0, 0, 0, 1, 0),
        pixel_spacing_mm=(1.0, 1.0),
        uid="1",
        modality="MR",
        facts={"told_apart_by": phase},
    )


@pytest.mark.parametrize(
    ("phases", "step_s"),
    [
        ([{"trigger_time": 50.0 * k} for k in range(4)], 0.05),
        ([{"acquisition_time": f"1259{50 + 2.5 * k:06.3f}"} for k in range(4)], 2.5),
        ([{"acquisition_time": "115959.5"}, {"acquisition_time": "120000.5"}], 1.0),
        ([{"trigger_time": t} for t in (0.0, 50.0, 300.0)], None),
        ([{"temporal_position": k} for k in range(4)], None),
        ([{"acquisition_time": "noon"}, {"acquisition_time": "120000"}], None),
        ([{"trigger_time": 5.0}], None),
    ],
)
def test_seconds_between_time_points_are_told_where_headers_tell_them(phases, step_s):
    assert time_step_s([series_at(**phase) for phase in phases]) == step_s


def test_time_points_on_other_slices_make_no_fourth_axis(tmp_path):
    for k in range(2):

        def change(dataset, number, k=k):
            dataset.TemporalPositionIdentifier = k + 1
            dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID}.{k}"

        matrix = grid_matrix(SHAPE, (2.0, 1.0, 1.0))
        values = np.full(SHAPE, 100 * k, np.int16)
        missing = (0,) if k else ()
        options = {"modality": "MR", "change": change, "leave_out": missing}
        write_dicom_series(tmp_path / str(k), values, matrix, **options)
    with pytest.raises(UsageError, match="grid"):
        stack(tmp_path, time="all")
    assert stack(tmp_path, time="2").volume.shape[0] == SHAPE[0] - 1
