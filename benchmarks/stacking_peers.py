"""Other people's ways from a folder of slices to a NIfTI file, one function each.

Run as a program: ``stacking_peers.py PEER FOLDER OUTPUT``.
"""

from __future__ import annotations

import sys
from pathlib import Path


def simpleitk(folder: str, output: str) -> None:
    import SimpleITK

    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(folder))
    SimpleITK.WriteImage(reader.Execute(), output)


def highdicom(folder: str, output: str) -> None:
    import nibabel
    import numpy as np
    from highdicom import get_volume_from_series
    from pydicom import dcmread

    volume = get_volume_from_series([dcmread(file) for file in Path(folder).iterdir()])
    ras_from_index = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine
    values = np.rint(volume.array).astype(np.int16)
    nibabel.Nifti1Image(values, ras_from_index).to_filename(output)


def dicom2nifti(folder: str, output: str) -> None:
    from dicom2nifti import dicom_series_to_nifti

    dicom_series_to_nifti(folder, output, reorient_nifti=False)


PEERS = {"simpleitk": simpleitk, "highdicom": highdicom, "dicom2nifti": dicom2nifti}

if __name__ == "__main__":
    peer, *places = sys.argv[1:]
    PEERS[peer](*places)
