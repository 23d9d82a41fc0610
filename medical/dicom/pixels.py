"""Pixels: the stored values of one slice, and the physical values they mean.

Uncoded pixels are read straight from their place in the file; coded ones go through
pydicom and its plugins (GDCM, OpenJPEG, CharLS). Unused bits, padding, rescale and
MONOCHROME1 are dealt with here, slice by slice (PS3.3 C.7.6.3, C.11.1, PS3.5 8).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medical.dicom.codestream import declared_matrix
from medical.dicom.lossless import decode_lossless
from medical.dicom.quiet import hush_gdcm, load_leniently
from medical.dicom.series import PixelLayout, SliceHeader
from medical.errors import UnreadablePixelsError

DEFLATED: Final = "1.2.840.10008.1.2.1.99"
JPEG_2000_FAMILY: Final = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (90, 91, 201, 202, 203))
"""JPEG 2000 and High-Throughput JPEG 2000, lossless and lossy."""
JPEG_XL_FAMILY: Final = frozenset(f"1.2.840.10008.1.2.4.{n}" for n in (110, 111, 112))
"""JPEG XL, lossless, recompressed JPEG, and lossy: pydicom has no decoder for it yet."""
JPEG_EXTENDED: Final = "1.2.840.10008.1.2.4.51"
"""Transfer syntaxes that need a road of their own (PS3.5 annex A)."""

INT16: Final = np.iinfo(np.int16)

FLOAT_KINDS: Final = MappingProxyType({"float": "f", "double": "f"})
"""NumPy's kind of (Double) Float Pixel Data."""


class NotExactError(Exception):
    """The physical values of a slice do not fit into int16 (internal signal)."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredSlice:
    """Stored values of one slice.

    Parameters
    ----------
    values
        ``[row column]`` as stored, unused bits removed.
    padding
        ``[row column]`` where there is no pixel, or None if everywhere is one.
    data
        The bytes they were stored as, for digests.
    """

    values: NDArray[Any]
    padding: NDArray[np.bool_] | None
    data: bytes


def read_stored(header: SliceHeader, *, dataset: Any = None) -> StoredSlice:
    """Return the stored values of one slice.

    Parameters
    ----------
    header
        The slice.
    dataset
        The pydicom data set of its file, where the caller has it open for many frames.

    Raises
    ------
    UnreadablePixelsError
        If the pixels are cut, damaged, or coded in a way that nothing here reads.
    """
    layout = header.layout
    if layout is None:
        raise UnreadablePixelsError("The slice has no pixels.")
    if layout.is_direct:
        values, data = _read_direct(header, layout)
    else:
        values, data = _decode(header, layout, dataset)
    if header.tile is not None:
        values = values[_tile(header, layout)]
    padding = _padding_mask(values, header)
    if layout.is_direct and layout.element == "int":
        values = without_unused_bits(values, layout)
        padding = _either(padding, _padding_mask(values, header))
    return StoredSlice(values=values, padding=padding, data=data)


def _read_direct(header: SliceHeader, layout: PixelLayout) -> tuple[NDArray[Any], bytes]:
    dtype = stored_type(layout)
    try:
        with header.file.open("rb", buffering=0) as stream:
            stream.seek((layout.offset or 0) + header.frame * layout.frame_bytes)
            data = stream.read(layout.frame_bytes)
    except OSError as error:
        raise UnreadablePixelsError(
            f"The file cannot be opened ({error.strerror}).", remedy="Check its permissions."
        ) from error
    if len(data) < layout.frame_bytes:
        raise UnreadablePixelsError(
            "The file ends within its pixels.", remedy="Copy it again from its source."
        )
    values = np.frombuffer(data, dtype).reshape(layout.rows, layout.columns)
    return (values if values.dtype.isnative else values.astype(dtype.newbyteorder("="))), data


def _decode(header: SliceHeader, layout: PixelLayout, dataset: Any) -> tuple[NDArray[Any], bytes]:
    try:
        found = decode_lossless(header, layout)
        values = np.asarray(_decoded_frame(header, layout, dataset)) if found is None else found
    except Exception as error:  # each decoder has its own
        raise UnreadablePixelsError(
            "The pixels are damaged or coded in a way that cannot be read here "
            f"(transfer syntax {layout.transfer_syntax}).",
            remedy="Copy the file again, or export it uncompressed.",
        ) from error
    if values.shape != (layout.rows, layout.columns):
        raise UnreadablePixelsError(
            f"The pixels have shape {values.shape}, the header says "
            f"{layout.rows} × {layout.columns}.",
            remedy="Copy the file again from its source.",
        )
    return values, values.tobytes()


def _decoded_frame(header: SliceHeader, layout: PixelLayout, dataset: Any) -> NDArray[Any]:
    load_leniently()
    hush_gdcm()
    from pydicom import dcmread
    from pydicom.pixels import pixel_array

    if dataset is None:
        with header.file.open("rb") as stream:
            dataset = dcmread(stream, force=True)
    if layout.transfer_syntax == DEFLATED:
        return _undeflated(dataset, layout, header.frame)
    _require_declared(dataset, header.frame, layout)
    if layout.transfer_syntax == JPEG_EXTENDED and layout.bits_stored > 8:
        return _extended_jpeg(dataset, header.frame)
    if layout.transfer_syntax in JPEG_XL_FAMILY:
        return _jpeg_xl(dataset, header.frame)
    if layout.transfer_syntax in JPEG_2000_FAMILY:  # GDCM talks to the terminal on damage
        plugin = "pylibjpeg"
        return np.asarray(
            pixel_array(dataset, index=header.frame, raw=True, decoding_plugin=plugin)
        )
    return np.asarray(pixel_array(dataset, index=header.frame, raw=True))


def _require_declared(dataset: Any, frame: int, layout: PixelLayout) -> None:
    """Raise ValueError if a coded frame declares another matrix than the header."""
    if not layout.is_encapsulated:
        return
    declared = declared_matrix(_coded_frame(dataset, frame))
    if declared is not None and declared != (layout.rows, layout.columns):
        raise ValueError(f"the codestream declares {declared}")


def _coded_frame(dataset: Any, frame: int) -> bytes:
    from pydicom.encaps import get_frame

    frames = int(getattr(dataset, "NumberOfFrames", None) or 1)
    return bytes(get_frame(dataset.PixelData, frame, number_of_frames=frames))


def _undeflated(dataset: Any, layout: PixelLayout, frame: int) -> NDArray[Any]:
    """Return a frame of a deflated data set: once inflated, its pixels are uncoded."""
    start = frame * layout.frame_bytes
    data = dataset.PixelData[start : start + layout.frame_bytes]
    values = np.frombuffer(data, stored_type(layout)).reshape(layout.rows, layout.columns)
    return without_unused_bits(values, layout)


def _extended_jpeg(dataset: Any, frame: int) -> NDArray[Any]:
    """Return a frame of 12-bit JPEG Extended, which GDCM and Pillow refuse."""
    from imagecodecs import jpeg_decode

    return np.asarray(jpeg_decode(_coded_frame(dataset, frame)))


def _jpeg_xl(dataset: Any, frame: int) -> NDArray[Any]:
    """Return a frame of JPEG XL."""
    from imagecodecs import jpegxl_decode

    return np.asarray(jpegxl_decode(_coded_frame(dataset, frame)))


def stored_type(layout: PixelLayout) -> np.dtype[Any]:
    """Return the NumPy type of uncoded samples, with their byte order."""
    order = ">" if layout.is_big_endian else "<"
    kind = FLOAT_KINDS.get(layout.element) or ("i" if layout.is_signed else "u")
    return np.dtype(f"{order}{kind}{layout.bits_allocated // 8}")


def without_unused_bits(values: NDArray[Any], layout: PixelLayout) -> NDArray[Any]:
    """Return integer samples without the bits that are not theirs (overlays live there)."""
    width = values.dtype.itemsize * 8
    above = width - 1 - layout.high_bit
    below = layout.high_bit + 1 - layout.bits_stored
    if (above <= 0 and below <= 0) or above < 0 or below < 0:
        return values
    # up against the top, then down: an arithmetic shift carries the sign, a logical one zeros
    return np.asarray((values << above) >> (above + below))


def _tile(header: SliceHeader, layout: PixelLayout) -> tuple[slice, slice]:
    row, column = header.tile or (0, 0)
    rows, columns = header.tile_shape or (layout.rows, layout.columns)
    return slice(row, row + rows), slice(column, column + columns)


def _padding_mask(values: NDArray[Any], header: SliceHeader) -> NDArray[np.bool_] | None:
    if header.padding is None:
        return None
    low, high = header.padding
    mask = values == low if low == high else (values >= low) & (values <= high)
    return np.asarray(mask) if mask.any() else None


def _either(
    first: NDArray[np.bool_] | None, second: NDArray[np.bool_] | None
) -> NDArray[np.bool_] | None:
    if first is None or second is None:
        return second if first is None else first
    return first | second


def stored_range(layout: PixelLayout) -> tuple[int, int]:
    """Return the lowest and highest value that the stored bits can hold."""
    span = 1 << layout.bits_stored
    return (-span // 2, span // 2 - 1) if layout.is_signed else (0, span - 1)


def is_exact_in_int16(header: SliceHeader) -> bool:
    """Return whether a slice's physical values are whole numbers, as far as headers tell."""
    layout = header.layout
    return (
        layout is not None
        and layout.element == "int"
        and header.slope.is_integer()
        and header.intercept.is_integer()
    )


def write_physical(
    out: NDArray[Any], stored: StoredSlice, header: SliceHeader, *, is_turned: bool
) -> None:
    """Write a slice's physical values to ``out[row column]``, int16 or float32.

    Raises
    ------
    NotExactError
        If `out` is int16 and the values do not fit.
    """
    values = _through_table(stored.values, header)
    if out.dtype == np.float32:
        physical = values.astype(np.float64)
        if is_turned:
            physical = sum(turning_range(header, values)) - physical
        out[...] = physical * header.slope + header.intercept
        return
    low, high = int(values.min()), int(values.max())
    if is_turned:
        bottom, top = turning_range(header, values)
        values = int(bottom + top) - values.astype(np.int64)
        low, high = int(values.min()), int(values.max())
    slope, intercept = int(header.slope), int(header.intercept)
    ends = (low * slope + intercept, high * slope + intercept)
    if min(ends) < INT16.min or max(ends) > INT16.max:
        raise NotExactError
    if slope == 1 and values.dtype.itemsize == 2 and INT16.min <= intercept <= INT16.max:
        # modular arithmetic is exact wherever the result fits, as was just checked
        np.add(values.view(np.int16), np.int16(intercept), out=out)
        return
    out[...] = values.astype(np.int64) * slope + intercept


def _through_table(values: NDArray[Any], header: SliceHeader) -> NDArray[Any]:
    """Return values looked up in the modality LUT, where there is one (PS3.3 C.11.1)."""
    if header.table is None:
        return values
    first, *entries = header.table
    place = np.clip(values.astype(np.int64) - first, 0, len(entries) - 1)
    return np.asarray(np.array(entries, dtype=np.int64)[place])


def turning_range(header: SliceHeader, values: NDArray[Any]) -> tuple[float, float]:
    """Return the ends about which MONOCHROME1 is turned: those of the stored bits."""
    layout = header.layout
    if layout is None or layout.element != "int":
        return float(values.min()), float(values.max())
    return stored_range(layout)
