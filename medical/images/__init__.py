"""The other doors: NIfTI, NRRD and MetaImage files."""

from medical.images.read import is_image_file, read_image

__all__ = ["is_image_file", "read_image"]
