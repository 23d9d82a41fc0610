"""Label surfaces by the rule, cell by cell, in plain Python: slow and obviously right."""

from __future__ import annotations

from itertools import product

import numpy as np

from shared.surfaces.case_rule import EDGES, corner_position
from shared.surfaces.sheets import NO_FACE, sheet_shift, sheets, weak_face

MARGIN = 1e-2 + 1e-3
OFFSETS = [corner_position(corner) for corner in range(8)]
FACE_OF_STEP = {
    step: [c for c in range(8) if OFFSETS[c][axis] == side]
    for axis in range(3)
    for side in (0, 1)
    for step in [tuple((2 * side - 1) * int(n == axis) for n in range(3))]
}
"""For each step to a neighboring cell, the corners that both share."""


def add(index, step):
    return tuple(int(n + s) for n, s in zip(index, step, strict=True))


def label_surfaces_by_rule(values, matrix, iterations, relaxation, keep_size, offsets=None):
    """Return for each label its vertices (float64, in world) and its quads, four numbers each."""
    padded = np.pad(values.astype(np.int64), 1)
    shape = tuple(n - 1 for n in padded.shape)
    corners = {
        cell: [int(padded[add(cell, offset)]) for offset in OFFSETS]
        for cell in product(*(range(n) for n in shape))
    }
    active = [cell for cell, labels in corners.items() if len(set(labels)) > 1]
    start = {cell: np.zeros(3) if offsets is None else offsets[cell] for cell in active}
    middle = smoothed(start, corners, shape, iterations, relaxation, keep_size)
    flip = np.linalg.det(matrix[:3, :3]) < 0
    found = {}
    for label in sorted(set(values.reshape(-1).tolist()) - {0}):
        found[label] = surface_of(label, padded, corners, active, middle, matrix, flip)
    return found


def smoothed(offsets, corners, shape, iterations, relaxation, keep_size):
    """Move all vertices at once towards the mean of their links and back, each in its cell."""
    links = {cell: links_of(corners[cell]) for cell in offsets}
    back = 1 / (0.1 - 1 / relaxation) if keep_size else relaxation
    for n in range(iterations):
        share = back if n % 2 else relaxation
        moved = {}
        for cell, own in offsets.items():
            mean = np.mean([offsets[add(cell, s)] + np.array(s) for s in links[cell]], axis=0)
            moved[cell] = np.clip(own + share * (mean - own), MARGIN - 0.5, 0.5 - MARGIN)
            for axis in range(3):
                if cell[axis] in (0, shape[axis] - 1):
                    moved[cell][axis] = 0.0
        offsets = moved
    return offsets


def links_of(labels):
    """Steps to the neighbors through whose face a border runs; along a curve, if one does."""
    kinds = {step: len({labels[c] for c in face}) for step, face in FACE_OF_STEP.items()}
    curve = [step for step, kind in kinds.items() if kind > 2]
    return curve if len(curve) > 1 else [step for step, kind in kinds.items() if kind > 1]


def case_of(labels, label):
    return sum(1 << corner for corner in range(8) if labels[corner] == label)


def joined_face(cell, label, corners):
    """The weak face of a cell if it is weak for the neighbor beyond it too."""
    face = weak_face(case_of(corners[cell], label))
    if face == NO_FACE:
        return NO_FACE
    step = tuple((2 * (face & 1) - 1) * int(n == face >> 1) for n in range(3))
    beyond = weak_face(case_of(corners[add(cell, step)], label))
    return face if beyond == face ^ 1 else NO_FACE


def surface_of(label, padded, corners, active, middle, matrix, flip):
    """Vertices and quads of one label."""
    vertices, number = [], {}
    for cell in active:
        case, joined = case_of(corners[cell], label), joined_face(cell, label, corners)
        parts = sheets(case, joined)
        for part in parts:
            shift = sheet_shift(case, part, joined) if len(parts) > 1 else 0.0
            at = np.array(cell) - 0.5 + middle[cell] + shift
            for edge in part:
                number[cell, edge] = len(vertices)
            vertices.append(matrix[:3, :3] @ at + matrix[:3, 3])
    quads = []
    for axis in range(3):
        step = tuple(int(n == axis) for n in range(3))
        one, two = (axis + 1) % 3, (axis + 2) % 3
        for low in product(*(range(n) for n in padded.shape)):
            high = add(low, step)
            if high[axis] >= padded.shape[axis]:
                continue
            ends = (padded[low] == label, padded[high] == label)
            if ends[0] == ends[1]:
                continue
            quad = []
            for back_one, back_two in ((1, 1), (0, 1), (0, 0), (1, 0)):
                cell = list(low)
                cell[one] -= back_one
                cell[two] -= back_two
                corner = [0, 0, 0]
                corner[one], corner[two] = back_one, back_two
                first = OFFSETS.index(tuple(corner))
                edge = EDGES.index((first, OFFSETS.index(add(corner, step))))
                quad.append(number[tuple(cell), edge])
            quads.append(quad if bool(ends[0]) != flip else quad[::-1])
    return np.array(vertices), quads


def crossing_offsets(fields, labels):
    """Offsets at the mean of the places on each cell's edges where the two largest are equal.

    `labels` is the number of the largest field in each voxel. Only edges between two voxels
    of the grid count, and vertices on its border stay there.
    """
    fields = np.asarray(fields, dtype=np.float64)
    extent = labels.shape
    offsets = {}
    for cell in product(*(range(n + 1) for n in extent)):
        ends = [(add(cell, OFFSETS[a]), add(cell, OFFSETS[b])) for a, b in EDGES]
        ends = [(np.array(a) - 1, np.array(b) - 1) for a, b in ends]
        ends = [(a, b) for a, b in ends if (a >= 0).all() and (b < extent).all()]
        crossings = [crossing(fields, labels, tuple(a), tuple(b)) for a, b in ends]
        crossings = [at for at in crossings if at is not None]
        offset = np.mean(crossings, axis=0) + 0.5 - np.array(cell) if crossings else np.zeros(3)
        offset = np.clip(offset, MARGIN - 0.5, 0.5 - MARGIN)
        offset[[n in (0, length) for n, length in zip(cell, extent, strict=True)]] = 0.0
        offsets[cell] = offset
    return offsets


def crossing(fields, labels, low, high):
    """The place between two voxels where their fields are equal, or None within a label."""
    one, other = labels[low], labels[high]
    if one == other:
        return None
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        before = fields[one][low] - fields[other][low]
        after = fields[one][high] - fields[other][high]
        share = before / (before - after)
    share = share if 0 <= share <= 1 else 0.5
    return np.array(low) + share * (np.array(high) - np.array(low))
