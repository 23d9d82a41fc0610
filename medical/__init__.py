"""Medical front-end: folders of DICOM slices become measured anatomical models."""
