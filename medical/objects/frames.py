"""Frames: the pixels of a segmentation object, frame by frame.

Frames of binary segmentations are bits packed without gaps, so that a frame need not
start on a byte (PS3.5 8.1.1, PS3.3 C.8.20); coded ones go through pydicom's decoders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medical.errors import UnreadablePixelsError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

BITS_PER_BYTE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ObjectFrames:
    """Frames of one segmentation object.

    Parameters
    ----------
    dataset
        The object, with its pixels.
    rows, columns, count
        Matrix and number of its frames.
    """

    dataset: Dataset
    rows: int
    columns: int
    count: int

    def frame(self, index: int) -> NDArray[Any]:
        """Return the stored values ``[row column]`` of frame `index`, from 0.

        Raises
        ------
        UnreadablePixelsError
            If the pixels end before, or no decoder here reads them.
        """
        syntax = self.dataset.file_meta.TransferSyntaxUID
        try:
            if syntax.is_encapsulated:
                from pydicom.pixels import pixel_array

                values = np.asarray(pixel_array(self.dataset, index=index, raw=True))
            elif self.dataset.BitsAllocated == 1:
                values = self._bits(index)
            else:
                values = self._whole(index, is_big_endian=not syntax.is_little_endian)
        except UnreadablePixelsError:
            raise
        except Exception as error:  # each decoder has its own
            raise UnreadablePixelsError(
                "A frame of the object is damaged or coded in a way that cannot be read here "
                f"(transfer syntax {syntax}).",
                remedy="Copy the file again, or export it uncompressed.",
            ) from error
        return values.reshape(self.rows, self.columns)

    def _bits(self, index: int) -> NDArray[np.uint8]:
        size = self.rows * self.columns
        first = index * size
        start, end = first // BITS_PER_BYTE, -(-(first + size) // BITS_PER_BYTE)
        packed = np.frombuffer(self._bytes(start, end), np.uint8)
        bits = np.unpackbits(packed, bitorder="little")
        return np.asarray(bits[first - start * BITS_PER_BYTE :][:size])

    def _whole(self, index: int, *, is_big_endian: bool) -> NDArray[Any]:
        width = int(self.dataset.BitsAllocated) // BITS_PER_BYTE
        size = self.rows * self.columns * width
        data = self._bytes(index * size, (index + 1) * size)
        values = np.frombuffer(data, np.dtype(f"{'>' if is_big_endian else '<'}u{width}"))
        return np.asarray(values.astype(values.dtype.newbyteorder("=")))

    def _bytes(self, start: int, end: int) -> bytes:
        data = self.dataset.PixelData[start:end]
        if len(data) < end - start:
            raise UnreadablePixelsError(
                "The object ends within its pixels.", remedy="Copy it again from its source."
            )
        return bytes(data)
