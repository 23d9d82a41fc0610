"""Whatever a person may want to look at becomes a scene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from shared.errors import InputError
from shared.progress import ignore_progress
from toolkit.opening import open_model, open_viewable


def test_an_image_without_hounsfield_units_is_seen_by_its_slices(tmp_path: Path) -> None:
    values = np.random.default_rng(0).normal(300.0, 50.0, (12, 16, 20)).astype(np.float32)
    SimpleITK.WriteImage(SimpleITK.GetImageFromArray(values), str(tmp_path / "mr.nii.gz"))
    found = open_viewable(tmp_path / "mr.nii.gz", progress=ignore_progress)
    assert found.volume is not None
    assert found.scene.parts == ()
    assert "slices-only" in {finding.code for finding in found.scene.findings}


def test_a_folder_of_drawings_says_what_it_holds(sample_data: Path) -> None:
    with pytest.raises(InputError, match=r"2 \.dxf"):
        open_viewable(sample_data / "house", progress=ignore_progress)
    with pytest.raises(InputError, match="is a folder"):
        open_model(sample_data / "house", progress=ignore_progress)
