"""Layers: masks that may overlap become as few label maps as hold them all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from medical.objects.names import table_of, with_unique_names
from shared.segmentation import LabelMap

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.affine import Affine
    from shared.concept import Label
    from shared.frame import Frame

LARGEST_BYTE: Final = 255


@dataclass(slots=True, kw_only=True, eq=False)
class LayerStack:
    """Label maps being filled: each mask goes whole into the first where nothing is in its way.

    Parameters
    ----------
    shape
        Of the grid.
    largest_value
        Of any label to come: decides the number type.
    """

    shape: tuple[int, int, int]
    largest_value: int
    _arrays: list[NDArray[Any]] = field(default_factory=list)
    _labels: list[list[Label]] = field(default_factory=list)

    def add(self, label: Label, pieces: list[tuple[tuple[Any, ...], NDArray[Any]]]) -> None:
        """Add a label's voxels: boxes of the grid, with a mask over each."""
        number = self._first_free(pieces)
        if number == len(self._arrays):
            dtype = np.uint8 if self.largest_value <= LARGEST_BYTE else np.uint16
            self._arrays.append(np.zeros(self.shape, dtype=dtype))
            self._labels.append([])
        for box, mask in pieces:
            self._arrays[number][box][mask] = label.value
        self._labels[number].append(label)

    def _first_free(self, pieces: list[tuple[tuple[Any, ...], NDArray[Any]]]) -> int:
        for number, array in enumerate(self._arrays):
            if not any((array[box] != 0)[mask].any() for box, mask in pieces):
                return number
        return len(self._arrays)

    def label_maps(self, affine: Affine, frame: Frame) -> tuple[LabelMap, ...]:
        """Return the layers; names that were given twice are told apart by their values."""
        flat = [label for labels in self._labels for label in labels]
        by_value = {label.value: label for label in with_unique_names(flat)}
        maps = []
        for array, labels in zip(self._arrays, self._labels, strict=True):
            array.setflags(write=False)
            table = table_of(by_value[label.value] for label in labels)
            maps.append(LabelMap(values=array, affine=affine, frame=frame, labels=table))
        return tuple(maps)


def layers_of_masks(
    masks: list[tuple[Label, NDArray[np.bool_]]], affine: Affine, frame: Frame
) -> tuple[LabelMap, ...]:
    """Return label maps that hold every mask ``[i j k]`` whole."""
    largest = max(label.value for label, _ in masks)
    shape = masks[0][1].shape
    stack = LayerStack(shape=(shape[0], shape[1], shape[2]), largest_value=largest)
    for label, mask in masks:
        stack.add(label, [((slice(None),) * 3, mask)])
    return stack.label_maps(affine, frame)
