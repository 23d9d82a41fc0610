"""Connected components: which voxels hang together, and how large each piece is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from shared.device import is_host, on_device, require_host
from shared.errors import InvalidValueError
from shared.filters.pieces import Pieces, pieces_of
from shared.volume import require_grid

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import MaskArray, PointArray


class Connectivity(IntEnum):
    """Which neighbors of a voxel belong to the same piece."""

    FACE = 6
    """Those that share a face."""
    EDGE = 18
    """Those that share at least an edge."""
    FULL = 26
    """Those that share at least a corner."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Components:
    """The pieces of a mask or of the labels of a label array.

    Parameters
    ----------
    labels
        Unsigned integers (int32 on a device) ``[i j k]``: 0 is background, 1 … n are the
        pieces, in the order in which a scan in array order first meets them.
    sizes
        int64 ``[n + 1]``: number of voxels of each piece; its number is the index.
    boxes
        int64 ``[n + 1 3 2]``: first and end index of each piece along each axis.
    centroids
        float64 ``[n + 1 3]``: mean index of each piece's voxels.
    values
        ``[n + 1]``: the value of the input in each piece.
    """

    labels: NDArray[np.unsignedinteger]
    sizes: NDArray[np.int64]
    boxes: NDArray[np.int64]
    centroids: PointArray
    values: NDArray[Any]

    @property
    def count(self) -> int:
        """Number of pieces."""
        return len(self.sizes) - 1

    def mask_of(self, keep: NDArray[np.bool_]) -> MaskArray:
        """Return the bool ``[i j k]`` of the pieces that `keep` ``[n + 1]`` names."""
        if not is_host(self.labels):
            import torch

            labels: Any = self.labels
            flags: Any = torch.as_tensor(keep, device=labels.device).clone()
            flags[0] = False
            found: MaskArray = flags[labels.long()]
            return found
        chosen = np.array(keep, dtype=bool)
        chosen[0] = False
        return np.asarray(chosen[self.labels])


def components(
    values: NDArray[Any], *, connectivity: Connectivity = Connectivity.FACE
) -> Components:
    """Return the connected components of a mask, or of every label of a label array.

    Parameters
    ----------
    values
        bool or integers ``[i j k]``; 0 and False are background. Neighbors belong
        together if they have the same value. NumPy or on a CUDA device: then all fields
        of the result are tensors there.
    connectivity
        Which neighbors count.

    Notes
    -----
    Masks by runs of voxels (`shared.filters.runs`); labels by connected-components-3d: Wu,
    Otoo, Suzuki: Two Strategies to Speed up Connected Component Labeling Algorithms,
    LBNL-59102, 2005. On CUDA see `shared.filters.cuda.unions`.
    """
    if on_device(values):
        from shared.filters.cuda.pieces import measured

        require_grid(values)
        return Components(**measured(values, int(connectivity)))
    values = require_labels(values)
    if values.dtype == np.bool_:
        pieces = pieces_of_mask(values, connectivity)
        kind = np.uint16 if pieces.count < 2**16 else np.uint32
        return Components(
            labels=pieces.painted(np.arange(pieces.count + 1, dtype=kind)),
            sizes=pieces.sizes,
            boxes=pieces.boxes,
            centroids=pieces.centroids,
            values=np.arange(pieces.count + 1) > 0,
        )
    return _components_of_labels(values, connectivity)


def pieces_of_mask(mask: MaskArray, connectivity: Connectivity) -> Pieces:
    """Return the pieces of a mask as runs, for filters that need no label of every voxel."""
    from shared.bits import pack_bits

    return pieces_of(pack_bits(mask), mask.shape[2], int(connectivity))


def _components_of_labels(values: NDArray[Any], connectivity: Connectivity) -> Components:
    import cc3d

    values = np.require(values, requirements="W")
    labels, count = cc3d.connected_components(values, connectivity=int(connectivity), return_N=True)
    found = cc3d.statistics(labels, no_slice_conversion=True)
    boxes = np.asarray(found["bounding_boxes"], dtype=np.int64).reshape(-1, 3, 2)
    boxes[..., 1] += 1
    of_piece = np.zeros(count + 1, dtype=values.dtype)
    of_piece[labels.reshape(-1)] = values.reshape(-1)
    return Components(
        labels=labels,
        sizes=np.asarray(found["voxel_counts"], dtype=np.int64),
        boxes=boxes,
        centroids=np.asarray(found["centroids"], dtype=np.float64),
        values=of_piece,
    )


def require_labels(values: NDArray[Any]) -> NDArray[Any]:
    """Return `values` in C order, or raise unless it is a host array of bools or integers."""
    require_host(values)
    require_grid(values)
    if values.dtype.kind not in "biu":
        raise InvalidValueError(f"A mask is bool and labels are integers, not {values.dtype}.")
    return np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("="))


def keep_largest(
    values: NDArray[Any], *, connectivity: Connectivity = Connectivity.FACE, count: int = 1
) -> NDArray[Any]:
    """Return `values` with only the `count` largest pieces of the mask, or of each label.

    Of pieces of equal size the one that a scan in array order meets first is kept.

    Raises
    ------
    InvalidValueError
        If `count` is not positive.
    """
    if count < 1:
        raise InvalidValueError(f"At least one piece must be kept, not {count}.")
    if on_device(values):
        from shared.filters.cuda.pieces import largest_kept

        require_grid(values)
        kept: Any = largest_kept(values, int(connectivity), count)
        return kept
    found = _found(values, connectivity)
    of_value = found.values if isinstance(found, Components) else np.arange(found.count + 1) > 0
    keep = np.zeros(found.count + 1, dtype=bool)
    by_size = np.argsort(-found.sizes[1:], kind="stable") + 1
    for value in np.unique(of_value[1:]):
        keep[by_size[of_value[by_size] == value][:count]] = True
    return _kept(values, found, keep)


def drop_below(
    values: NDArray[Any],
    minimum_ml: float,
    *,
    voxel_ml: float,
    connectivity: Connectivity = Connectivity.FACE,
) -> NDArray[Any]:
    """Return `values` without the pieces smaller than `minimum_ml`.

    Parameters
    ----------
    values
        bool or integers ``[i j k]``.
    minimum_ml
        Smallest volume of a piece that stays, in millilitres.
    voxel_ml
        Volume of one voxel in millilitres: `Volume.voxel_volume_ml`.
    connectivity
        Which neighbors count.

    Raises
    ------
    InvalidValueError
        If the volume of a voxel is not positive.
    """
    if not voxel_ml > 0.0:
        raise InvalidValueError(f"A voxel has a positive volume, not {voxel_ml} ml.")
    if on_device(values):
        from shared.filters.cuda.pieces import large_kept

        require_grid(values)
        kept: Any = large_kept(values, int(connectivity), minimum_ml, voxel_ml)
        return kept
    found = _found(values, connectivity)
    return _kept(values, found, found.sizes * voxel_ml >= minimum_ml)


def _found(values: NDArray[Any], connectivity: Connectivity) -> Components | Pieces:
    """Return the pieces of a mask as runs, those of labels with a label of every voxel."""
    values = require_labels(values)
    if values.dtype == np.bool_:
        return pieces_of_mask(values, connectivity)
    return _components_of_labels(values, connectivity)


def _kept(
    values: NDArray[Any], found: Components | Pieces, keep: NDArray[np.bool_]
) -> NDArray[Any]:
    mask = found.mask_of(keep)
    return mask if values.dtype == bool else np.where(mask, values, 0).astype(values.dtype)
