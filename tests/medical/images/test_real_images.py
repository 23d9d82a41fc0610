"""Real image files are read and written to the same place, voxel by voxel."""

from __future__ import annotations

from pathlib import Path

import nibabel
import numpy as np
import pytest

from medical.images import read_image, read_label_map, write_image


def places(image) -> np.ndarray:
    """World position of the corners of a NIfTI file, sorted."""
    index = np.array(np.meshgrid(*((0, n - 1) for n in image.shape))).reshape(3, -1)
    corners = (image.affine[:3, :3] @ index).T + image.affine[:3, 3]
    return corners[np.lexsort(np.round(corners, 2).T)]


@pytest.mark.real
@pytest.mark.parametrize("suffix", [".nii", ".mha"])
def test_a_head_in_another_axis_order_stays_where_it_is(
    real_data: Path, tmp_path: Path, suffix: str
) -> None:
    source = real_data / "medical" / "brain_t1" / "t1.nii.gz"
    volume = read_image(source)
    write_image(volume, tmp_path / f"t1{suffix}")
    back = read_image(tmp_path / f"t1{suffix}")
    np.testing.assert_array_equal(back.values, volume.values)
    assert back.affine.isclose(volume.affine, tolerance=1e-3)
    if suffix == ".nii":
        before, after = nibabel.load(source), nibabel.load(tmp_path / f"t1{suffix}")
        np.testing.assert_allclose(places(after), places(before), atol=1e-3)
        np.testing.assert_allclose(after.get_qform(), after.get_sform(), atol=1e-3)


@pytest.mark.real
def test_real_labels_keep_their_volumes(real_data: Path, tmp_path: Path) -> None:
    source = sorted((real_data / "medical" / "hippocampus" / "labels").iterdir())[0]
    labels = read_label_map(source)
    assert [label.name for label in labels.labels] == ["label_1", "label_2"]
    for suffix in (".nii.gz", ".nrrd", ".mha"):
        write_image(labels, tmp_path / f"labels{suffix}")
        back = read_label_map(tmp_path / f"labels{suffix}")
        np.testing.assert_array_equal(back.values, labels.values)
        assert back.labels == labels.labels
        assert back.affine.isclose(labels.affine, tolerance=1e-3)
