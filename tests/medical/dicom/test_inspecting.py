"""Every series is described in plain words, and the patient stays out of them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medical.dicom import describe, find_series
from tests.fixtures.phantoms import ORIENTATIONS, grid_matrix, write_dicom_series

SHAPE = (6, 5, 4)
SECRETS = ("Hidden^Name", "HIDDEN-ID", "19700101", "PHANTOM-ACC-1", "20240229")


def write(folder, matrix, **options):
    write_dicom_series(
        folder,
        np.zeros(SHAPE),
        matrix,
        patient_name=SECRETS[0],
        patient_id=SECRETS[1],
        **options,
    )


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ({"orientation": "axial"}, "axial"),
        ({"orientation": "feet_first"}, "axial"),
        ({"orientation": "sagittal"}, "sagittal"),
        ({"orientation": "coronal"}, "coronal"),
        ({"tilt_deg": 18.5}, "axial, gantry tilted 18.5°"),
        (
            {"rotation": ((1, 0, 0), (0, 0.866025404, -0.5), (0, 0.5, 0.866025404))},
            "oblique axial, turned 30°",
        ),
    ],
)
def test_planes_have_a_radiologists_names(tmp_path, grid, words):
    write(tmp_path, grid_matrix(SHAPE, (2.0, 1.0, 1.0), **grid))
    (summary,) = describe(find_series(tmp_path))
    assert summary.orientation == words


@pytest.mark.parametrize("orientation", sorted(ORIENTATIONS))
def test_extent_and_sides_are_those_of_the_voxel_centres(tmp_path, orientation):
    matrix = grid_matrix(SHAPE, (2.0, 1.5, 3.0), center=(50, -7, 0), orientation=orientation)
    write(tmp_path, matrix)
    (summary,) = describe(find_series(tmp_path))
    index = np.stack(np.meshgrid(*map(np.arange, SHAPE), indexing="ij"), axis=-1)
    world = (index @ matrix[:3, :3].T + matrix[:3, 3]).reshape(-1, 3)
    np.testing.assert_allclose(summary.extent_mm, np.ptp(world, axis=0), atol=0.01)
    assert summary.bounds[0].startswith(f"L {world[:, 0].min():.1f} … L")
    assert summary.bounds[1] == f"A {-world[:, 1].min():.1f} … {side(world[:, 1].max(), 'AP')} mm"
    assert summary.bounds[2].startswith(f"I {-world[:, 2].min():.1f} … S")


def side(value: float, letters: str) -> str:
    return f"{letters[int(value > 0)]} {abs(value):.1f}"


def test_what_is_chosen_and_what_stands_apart_is_told(tmp_path):
    matrix = grid_matrix(SHAPE, (4.0, 1.0, 1.0))
    write(tmp_path / "a", matrix, series="a", series_number=3, series_description="Thorax B70f")
    write(
        tmp_path / "b", matrix, series="b", series_number=1,
        image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"),
    )  # fmt: skip
    scan, scout = describe(find_series(tmp_path))
    assert (scan.number, scan.is_volume, scan.is_chosen) == (3, True, True)
    assert scan.description == "Thorax B70f"
    assert scan.spacing_mm == (4.0, 1.0, 1.0)
    assert {f["code"] for f in scan.findings} == {"thick-slices"}
    assert (scout.number, scout.is_volume, scout.is_chosen) == (1, False, False)
    assert "localizer" in scout.why


def test_gaps_and_tilt_are_told(tmp_path):
    write(tmp_path, grid_matrix(SHAPE, (2.0, 1.0, 1.0), tilt_deg=10.0), leave_out={2})
    (summary,) = describe(find_series(tmp_path))
    assert {f["code"] for f in summary.findings} >= {"gantry-tilt", "missing-slices"}
    assert summary.tilt_deg == pytest.approx(10.0, abs=1e-3)


def test_the_patient_is_named_only_when_asked(tmp_path):
    write(tmp_path, grid_matrix(SHAPE, (2.0, 1.0, 1.0)))
    study = find_series(tmp_path)
    told = json.dumps([s.as_dict() for s in describe(study)])
    assert not [secret for secret in SECRETS if secret in told]
    asked = json.dumps([s.as_dict() for s in describe(study, with_identity=True)])
    assert [secret for secret in SECRETS if secret in asked] == list(SECRETS)
