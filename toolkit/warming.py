"""Warming: run every compiled kernel of the main jobs once, so that later runs only load it.

Kernels are compiled for the types they meet, so the jobs themselves are run: on a small
head that lies on a couch, as scans come.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import DTypeLike, NDArray

    from shared.affine import Affine
    from shared.mesh import Mesh
    from shared.volume import Volume

STEP_MM = 6.0
"""Distance of the voxels of the small head."""
SHAPE = (28, 38, 38)
AIR_HU, TISSUE_HU, BONE_HU = -1000, 40, 900
BALL_SIZE = 64
"""Voxels across a ball that has merges enough for two threads."""
SPONGE_SIZE, SPONGE_SEED = 16, 0
"""A surface so crumpled that no simplifier keeps it from touching itself at once."""
HU_TYPES: Final[tuple[DTypeLike, ...]] = (np.int16, np.int32, np.float32, np.float64)
"""Types of the values that scans in Hounsfield units give."""
PLAIN_TYPES: Final[tuple[DTypeLike, ...]] = (np.uint8, np.uint16)
"""Types of the values of other scans, such as MR."""
SAMPLES = 1000
"""Points that a comparison takes here: enough to run it."""
LABEL_TYPES: Final[tuple[DTypeLike, ...]] = (np.uint8, np.uint16, np.int32)
"""Types of label maps."""
FAR_LABEL = 100_000
"""A value far from the others: such label maps are numbered anew."""
FIELD_TYPES: Final[tuple[DTypeLike, ...]] = (np.float32, np.float16)
"""Types of a network's fields."""


def warm_up() -> None:
    """Run the main jobs' kernels once, in every type they meet."""
    for dtype in HU_TYPES:
        _reconstruct(_volume(small_head().astype(dtype)))
    for dtype in PLAIN_TYPES:
        _reconstruct_plain(_volume(((small_head() + 1000) // 10).astype(dtype)))
    _simplify_ball()
    _simplify_sponge()
    _repair()
    _label_surfaces()
    _filters()


def small_head() -> NDArray[np.int16]:
    """Return a skull with brain and airway in a head on a couch, in HU, ``[slice row column]``."""
    k, j, i = np.indices(SHAPE) * STEP_MM
    middle = (np.array(SHAPE) - 1) * STEP_MM / 2
    radius = np.sqrt((k - middle[0]) ** 2 + (j - middle[1] + 20) ** 2 + (i - middle[2]) ** 2)
    values = np.full(SHAPE, AIR_HU, np.float64)
    values[radius < 70] = TISSUE_HU
    values[(radius < 60) & (radius > 46)] = BONE_HU
    values[radius < 12] = AIR_HU
    values[:, 27:29, 2:-2] = -100  # a couch that touches it
    values[5:8, 4:7, 4:7] = BONE_HU  # a speck beside the head
    return values.astype(np.int16)


def _volume(values: NDArray[Any]) -> Volume:
    from shared.volume import Quantity, Volume

    values.flags.writeable = False  # as the readers of scans leave them
    is_hu = bool((values < 0).any())
    return Volume(values=values, affine=_affine(), quantity=Quantity.HU if is_hu else Quantity.NONE)


def _affine() -> Affine:
    """Return an ordinary scan's affine: a negative determinant, rows along x."""
    from shared.affine import Affine

    return Affine(
        np.array([[0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1 / STEP_MM]]) * STEP_MM
    )


def _reconstruct(volume: Volume) -> None:
    """Warm the road of a CT, its parts finished in every way."""
    from medical import reconstruct

    made = reconstruct(volume, ["bone", "skin"], keep="body")
    if volume.values.dtype != np.int16:
        return
    reconstruct(volume, "bone", keep="largest", smooth=True, share=0.5)
    reconstruct(volume, "bone", keep="all", deviation_mm=1.0)
    _measure(made.scene.parts[0].mesh)


def _reconstruct_plain(volume: Volume) -> None:
    """Warm the road of an MR: a level, and no Hounsfield units."""
    from medical import reconstruct

    reconstruct(volume, "bone", level=150.0)


def _measure(mesh: Mesh) -> None:
    """Warm what `recon check` and comparisons ask."""
    from shared.meshing import compare, components, hausdorff_bound_mm, simplify, weld
    from shared.meshing.soundness import soundness

    simpler = simplify(weld(mesh), share=0.3).mesh
    soundness(simpler)
    components(simpler)
    compare(simpler, mesh, samples=SAMPLES)
    hausdorff_bound_mm(simpler, mesh)


def _simplify_ball() -> None:
    """Warm what shares merges between two threads."""
    from shared.meshing import simplify
    from shared.surfaces import isosurface

    middle = (BALL_SIZE - 1) / 2
    radius = np.linalg.norm(np.indices((BALL_SIZE,) * 3) - middle, axis=0)
    simplify(isosurface(_volume((middle - 1 - radius).astype(np.float32)), 0.0), share=0.3)


def _simplify_sponge() -> None:
    """Warm what takes back merges that would let a surface go through itself."""
    from shared.filters import gaussian
    from shared.meshing import simplify
    from shared.surfaces import isosurface

    noise = np.random.default_rng(SPONGE_SEED).random((SPONGE_SIZE,) * 3)
    values = gaussian(noise.astype(np.float32), 1.0, spacing_mm=(1.0, 1.0, 1.0))
    simplify(isosurface(_volume(values), float(np.median(values))), share=0.1)


def _repair() -> None:
    """Warm the repair of a box with a hole, a gap, a face turned and one face too many."""
    from shared.mesh import Mesh
    from shared.meshing import repair

    corners = np.array(list(np.ndindex(2, 2, 2)), np.float32) * 10
    quads = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
    faces = np.array([face for a, b, c, d in quads for face in ((a, b, c), (a, c, d))])
    soup = corners[faces].reshape(-1, 3)
    soup[4] += np.float32(5e-3)
    numbers = np.arange(len(soup)).reshape(-1, 3)
    numbers[5] = numbers[5, ::-1]
    for damaged in (numbers[1:], np.concatenate([numbers, numbers[-1:]])):
        repair(Mesh(vertices=soup, faces=damaged.astype(np.int32)), maximum_hole_mm=100.0)


def _label_surfaces() -> None:
    """Warm the surfaces of label maps and of a network's fields."""
    from shared.concept import Label, LabelTable
    from shared.segmentation import LabelMap
    from shared.surfaces import label_surfaces, probability_surfaces

    head = small_head()
    labels = (head > 0).astype(np.uint8) + (head > TISSUE_HU)
    table = LabelTable((Label(value=1, name="tissue"), Label(value=2, name="bone")))
    for dtype in LABEL_TYPES:
        label_surfaces(LabelMap(values=labels.astype(dtype), affine=_affine(), labels=table))
    far = LabelTable((Label(value=1, name="tissue"), Label(value=FAR_LABEL, name="bone")))
    sparse = np.where(labels == 2, FAR_LABEL, labels.astype(np.int32))
    label_surfaces(LabelMap(values=sparse, affine=_affine(), labels=far))
    for dtype in FIELD_TYPES:
        fields = np.stack([labels == value for value in range(3)]).astype(dtype)
        probability_surfaces(fields, (0, 1, 2), _affine())
        probability_surfaces(fields[1:], (1, 2), _affine(), background=0.5)


def _filters() -> None:
    """Warm the filters of volumes, masks and label maps."""
    from shared import filters

    head = small_head()
    spacing_mm = (STEP_MM, STEP_MM, STEP_MM)
    mask = head > 0
    for connectivity in filters.Connectivity:
        filters.components(mask, connectivity=connectivity)
    filters.closing(
        filters.opening(mask, 2 * STEP_MM, spacing_mm=spacing_mm), 8.0, spacing_mm=spacing_mm
    )
    filters.fill_holes(mask)
    for dtype in (np.int16, np.float32):
        volume = _volume(head.astype(dtype))
        filters.gaussian(volume.values, STEP_MM, spacing_mm=spacing_mm)
        finer = filters.respaced_grid(volume.affine, volume.shape, STEP_MM / 2)
        for interpolation in filters.Interpolation:
            filters.resample(volume, *finer, outside=AIR_HU, interpolation=interpolation)
