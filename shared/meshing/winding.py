"""Winding: faces that agree with their neighbors, solids that look outward."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from shared.meshing.draft import Draft

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.shapes import FaceArray, VertexArray


def wound_consistently(draft: Draft) -> tuple[Draft, NDArray[np.int32], NDArray[np.float64]]:
    """Make the windings of neighbors agree; return the pieces of faces, and their areas.

    A piece is joined over edges of two faces. The side that most of its area showed
    stays; of halves the one of its first face.
    """
    from shared.meshing.kernels.adjacency import edge_order
    from shared.meshing.kernels.half_edges import wind_consistently

    order = edge_order(draft.faces, len(draft.vertices))
    piece, turned, count, _ = wind_consistently(draft.faces, order)
    corners = draft.vertices.astype(np.float64)[draft.faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = 0.5 * np.linalg.norm(normals, axis=1)
    of_piece = np.bincount(piece, weights=areas, minlength=count).astype(np.float64)
    of_turned = np.bincount(piece[turned], weights=areas[turned], minlength=count)
    turned = turned ^ (of_turned > 0.5 * of_piece)[piece]
    return (draft.turning(turned) if turned.any() else draft), piece, of_piece


def turned_outward(
    vertices: VertexArray, faces: FaceArray, piece: NDArray[np.int32], closed: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which faces must turn so that solids look outward and cavities inward.

    A closed piece that no other contains looks outward. One inside others keeps its side
    as seen from them: where the one around it was turned, it is turned too. It may look
    inward, as a cavity, only where there is solid around it; within the box of an open
    piece nobody knows, and it stays as it is.
    """
    from shared.meshing.kernels.integrals import component_volumes
    from shared.meshing.kernels.nesting import winding_of_components

    chosen = np.flatnonzero(closed[piece])
    result = np.zeros(len(faces), dtype=np.bool_)
    if len(chosen) == 0:
        return result
    given, of_face = faces[chosen], piece[chosen]
    volumes = component_volumes(vertices, given, of_face, len(closed))
    before = np.where(volumes < 0.0, -1, 1)

    def wound(signs: NDArray[np.int_], among: NDArray[np.bool_]) -> FaceArray:
        """Return the faces of some pieces, wound to give the pieces these signs."""
        kept = among[of_face]
        turned = (signs != before)[of_face[kept]]
        some = given[kept]
        return np.ascontiguousarray(np.where(turned[:, None], some[:, ::-1], some))

    depth = np.zeros(len(closed), dtype=np.int64)
    if np.count_nonzero(closed) > 1:
        all_outward = wound(np.ones_like(before), closed)
        depth = winding_of_components(vertices, all_outward, of_face, closed)
    sheltered = _within_boxes(vertices, faces, piece, closed)
    after = np.where((depth <= 0) & ~sheltered, 1, before)
    for level in range(1, int(depth[closed].max()) + 1):
        wanted, among = closed & (depth == level), closed & (depth <= level)
        some = of_face[among[of_face]]
        inside_before = winding_of_components(vertices, wound(before, among), some, wanted)
        inside_after = winding_of_components(vertices, wound(after, among), some, wanted)
        sign = np.where(inside_before != inside_after, -before, before)
        sign = np.where((sign < 0) & (inside_after <= 0) & ~sheltered, 1, sign)
        after = np.where(wanted, sign, after)
    result[chosen] = (after != before)[of_face]
    return result


def _within_boxes(
    vertices: VertexArray, faces: FaceArray, piece: NDArray[np.int32], closed: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """Return which pieces lie within the bounding box of an open piece."""
    within = np.zeros(len(closed), dtype=np.bool_)
    if closed.all():
        return within
    corners = vertices[faces]
    low = np.full((len(closed), 3), np.inf)
    high = np.full((len(closed), 3), -np.inf)
    np.minimum.at(low, piece, corners.min(axis=1))
    np.maximum.at(high, piece, corners.max(axis=1))
    for n in np.flatnonzero(~closed):
        within |= ((low >= low[n]) & (high <= high[n])).all(axis=1)
    return within & closed
