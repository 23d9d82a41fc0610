"""Direct: plain 16-bit slices are read from their files into the stack itself.

No copy is made on the way. Only what needs nothing but an intercept is read so: no table,
no padding, no turning, no other byte order. All else goes through `medical.dicom.pixels`.
"""

from __future__ import annotations

import hashlib
import sys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from medical.dicom.pixels import INT16, NotExactError, stored_range
from medical.dicom.series import PixelLayout, SliceHeader
from medical.errors import UnreadablePixelsError


def is_plain(header: SliceHeader) -> bool:
    """Return whether a slice can be read straight into an int16 stack."""
    layout = header.layout
    return (
        layout is not None
        and layout.is_direct
        and layout.element == "int"
        and layout.bits_allocated == 16
        and layout.samples == 1
        and layout.bits_stored <= layout.high_bit + 1 <= 16
        and not layout.is_big_endian
        and sys.byteorder == "little"
        and header.tile is None
        and header.table is None
        and header.padding is None
        and header.slope == 1.0
        and header.intercept.is_integer()
        and INT16.min <= header.intercept <= INT16.max
    )


def read_plain(out: NDArray[np.int16], header: SliceHeader, *, with_digest: bool) -> bytes:
    """Read a plain slice into ``out[row column]`` as physical values.

    Parameters
    ----------
    out
        One slice of the stack, contiguous.
    header
        For which `is_plain` holds.
    with_digest
        Whether to return the SHA-256 of the bytes as stored, else nothing.

    Raises
    ------
    UnreadablePixelsError
        If the file cannot be opened, or ends within its pixels.
    NotExactError
        If the values do not fit into int16.
    """
    layout = header.layout
    if layout is None:
        raise UnreadablePixelsError("The slice has no pixels.")
    _load(out, header, layout)
    digest = hashlib.sha256(_bytes_of(out)).digest() if with_digest else b""
    stored = out if layout.is_signed else out.view(np.uint16)
    _drop_unused_bits(stored, layout)
    intercept = int(header.intercept)
    lowest, highest = stored_range(layout)
    # by its bits a value might not fit: does one?
    too_low = lowest + intercept < INT16.min and int(stored.min()) + intercept < INT16.min
    too_high = highest + intercept > INT16.max and int(stored.max()) + intercept > INT16.max
    if too_low or too_high:
        raise NotExactError
    if intercept:
        np.add(out, np.int16(intercept), out=out)  # modular arithmetic is exact where it fits
    return digest


def _load(out: NDArray[np.int16], header: SliceHeader, layout: PixelLayout) -> None:
    rest = _bytes_of(out)
    try:
        with header.file.open("rb", buffering=0) as stream:
            source: Any = stream
            source.seek((layout.offset or 0) + header.frame * layout.frame_bytes)
            while len(rest):
                count = source.readinto(rest)
                if not count:
                    raise UnreadablePixelsError(
                        "The file ends within its pixels.", remedy="Copy it again from its source."
                    )
                rest = rest[count:]
    except OSError as error:
        raise UnreadablePixelsError(
            f"The file cannot be opened ({error.strerror}).", remedy="Check its permissions."
        ) from error


def _bytes_of(out: NDArray[np.int16]) -> memoryview:
    flat: Any = out.reshape(-1).view(np.uint8)
    return memoryview(flat)


def _drop_unused_bits(stored: NDArray[Any], layout: PixelLayout) -> None:
    """Clear the bits that are not the pixels', in place (overlays live there)."""
    above = 15 - layout.high_bit
    below = layout.high_bit + 1 - layout.bits_stored
    if above or below:
        # up against the top, then down: an arithmetic shift carries the sign, a logical one zeros
        np.left_shift(stored, above, out=stored)
        np.right_shift(stored, above + below, out=stored)
