"""Write volumes and label maps as image files that keep their place in the world."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from medical.images import metaimage, nifti, nrrd
from medical.images.compression import gzipped
from medical.images.formats import ImageFormat, format_of, is_gzipped
from medical.images.labels import table_path, table_text
from medical.images.stored import slabs, stored_type
from medical.images.world import lps_from_file_index
from shared.affine import Affine
from shared.errors import InvalidValueError, OutputError
from shared.formats.outputs import Staging, staged_outputs
from shared.segmentation import LabelMap
from shared.volume import Volume

if TYPE_CHECKING:
    from shared.concept import LabelTable

SAME_GRID_MM = 1e-3
"""Farthest that matrices of the time points of one file may differ."""


def write_image(
    field: Volume | LabelMap | Sequence[Volume],
    target: str | Path,
    *,
    step_s: float | None = None,
    staging: Staging | None = None,
) -> tuple[Path, ...]:
    """Write a volume, a label map, or the time points of one, in the format of the name.

    Whole numbers that fit are written as int16, all others as float32. A sheared grid is
    written as it is where the format can hold it.

    Parameters
    ----------
    field
        What to write. A label map gets its label table beside it
        (``NAME.labels.json``), and as segments in NRRD. Several volumes of one grid
        become one file with a time axis, which only NIfTI has.
    target
        ``NAME.nii``, ``.nii.gz``, ``.nrrd`` or ``.mha``.
    step_s
        Seconds from one time point to the next, where known.
    staging
        Outputs of a longer run, to appear together with these.

    Returns
    -------
    tuple of Path
        Where the files stand (empty if `staging` was given: it moves them later).

    Raises
    ------
    UnknownFormatError
        If the name tells none of these formats.
    OutputError
        If the format cannot hold the grid or the time points, or the place cannot be
        written.
    InvalidValueError
        If the volumes do not share one grid.

    Examples
    --------
    >>> import tempfile
    >>> import medical
    >>> volume = medical.read_volume("sample_data/head_ct")
    >>> (path,) = medical.write_image(volume, Path(tempfile.mkdtemp()) / "head.nii.gz")
    >>> medical.read_volume(path).shape
    (104, 128, 128)
    """
    path = Path(target)
    kind = format_of(path)
    fields: tuple[Volume | LabelMap, ...]
    fields = (field,) if isinstance(field, Volume | LabelMap) else tuple(field)
    _require_one_grid(fields)
    require_held(kind, fields[0].affine, times=len(fields))
    labels = fields[0].labels if isinstance(fields[0], LabelMap) else None
    with nullcontext(staging) if staging else staged_outputs() as outputs:
        _write(path, kind, fields, labels, step_s or 0.0, outputs)
        if labels is not None:
            text = table_text(labels)
            outputs.path_for(table_path(path)).write_text(text, encoding="utf-8")
        finals = outputs.finals
    return () if staging else finals


def require_held(kind: ImageFormat, affine: Affine, *, times: int = 1) -> None:
    """Raise `OutputError` unless the format can hold such a grid."""
    if times > 1 and kind is not ImageFormat.NIFTI:
        raise OutputError(
            f"{kind.value} files hold one time point here, not {times}.",
            remedy="Write NIfTI (.nii, .nii.gz), or choose one with --time.",
        )
    if kind is ImageFormat.METAIMAGE and not affine.is_orthogonal():
        raise OutputError(
            "MetaImage cannot hold a sheared grid: its axes are those of a rotation.",
            remedy="Write NIfTI or NRRD, or let the grid be made regular (no --keep-shear).",
        )


def _require_one_grid(fields: Sequence[Volume | LabelMap]) -> None:
    if not fields:
        raise InvalidValueError("There is no volume to write.")
    first = fields[0]
    for other in fields[1:]:
        is_same = other.shape == first.shape and other.affine.isclose(
            first.affine, tolerance=SAME_GRID_MM
        )
        if not is_same:
            raise InvalidValueError("The time points of one file must share one grid.")


def _write(
    path: Path,
    kind: ImageFormat,
    fields: Sequence[Volume | LabelMap],
    labels: LabelTable | None,
    step_s: float,
    outputs: Staging,
) -> None:
    values = [np.asarray(field.values) for field in fields]
    number = stored_type(values)
    matrix = lps_from_file_index(fields[0].affine, fields[0].frame)
    shape = fields[0].shape[::-1]
    pieces: Iterable[Any] = slabs(values, number)
    head: bytes
    if kind is ImageFormat.NIFTI:
        _require_countable((*shape, len(fields)))
        head = nifti.header(
            shape,
            matrix,
            number,
            times=len(fields),
            step_s=step_s,
            is_label_map=labels is not None,
        )
        if is_gzipped(path):
            _write_pieces(outputs.path_for(path), gzipped(_headed(head, pieces)))
            return
    elif kind is ImageFormat.NRRD:
        is_compressed = labels is not None
        head = nrrd.header(shape, matrix, number, is_compressed=is_compressed, labels=labels)
        pieces = gzipped(pieces) if is_compressed else pieces
    else:
        head = metaimage.header(shape, matrix, number)
    _write_pieces(outputs.path_for(path), _headed(head, pieces))


def _headed(head: bytes, pieces: Iterable[Any]) -> Iterable[Any]:
    yield head
    yield from pieces


def _write_pieces(path: Path, pieces: Iterable[Any]) -> None:
    with path.open("wb", buffering=0) as stream:
        for piece in pieces:
            rest = memoryview(piece)
            while len(rest):  # the system may take less than it is given
                rest = rest[stream.write(rest) :]


def _require_countable(counts: Sequence[int]) -> None:
    if max(counts) > nifti.LARGEST_AXIS:
        raise OutputError(
            f"NIfTI counts up to {nifti.LARGEST_AXIS} voxels along an axis, not {max(counts)}.",
            remedy="Write NRRD or MetaImage.",
        )
