"""Wall material: the drawn wall section, gathered from fills, outlines and face lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.strtree import STRtree

from architecture.drawing import Stroke
from architecture.understanding.ends import close_ends
from architecture.understanding.regions import (
    grown,
    joined,
    polygons_of,
    thickness_of,
    thin_shares,
    tidy,
)
from architecture.understanding.segments import arrange, merge_collinear, segments_of

__all__ = ["MaterialPiece", "body_of", "filled_pieces", "layer_at", "outlined_pieces"]

THICKEST_WALL_M: Final = 0.75
"""A stronger wall is not looked for: wider areas are rooms."""
THINNEST_WALL_M: Final = 0.03
"""Thinner than the thinnest partition."""
THIN_ENOUGH: Final = 0.7
"""Share of an area no wider than a wall that makes it a wall."""
PARTLY_THIN: Final = 0.25
"""A face with this share of narrow parts is a wall that runs out into a wider area."""
LEAST_ARM_M2: Final = 0.05
"""Smaller narrow parts are corners."""
TIDY_M: Final = 0.004
"""Cracks narrower than twice this are drawing noise."""
CLOSET_M: Final = 0.3
"""A thin face wider than this may be a closet between walls."""
LEAST_WALL_M: Final = 0.05
"""A face thinner than this is plaster or a joint, no wall around a closet."""
LUMP_M: Final = 1.0
"""Walls are nowhere as wide as this, junctions included."""
LUMP_SHARE: Final = 0.6
"""A face belongs to a lump if this share of it lies in one."""
CLOSET_SHARE: Final = 0.7
"""Share of a closet's border that thinner wall faces make up."""
CLOSET_RATIO: Final = 1.5
"""A closet is so many times wider than the walls around it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MaterialPiece:
    """One area that looks like wall section.

    Parameters
    ----------
    area
        The polygon, metres.
    evidence
        ``hatch``, ``outline`` or ``double-line``.
    layer
        Layer it was drawn on.
    score
        How much it looks like a wall, 0 to 1.
    """

    area: Polygon
    evidence: str
    layer: str
    score: float


def filled_pieces(strokes: Iterable[Stroke]) -> list[MaterialPiece]:
    """Return wall section drawn as hatches and solid fills."""
    parts: list[Polygon] = []
    layers: list[str] = []
    for stroke in strokes:
        if stroke.fill is None or len(stroke.points) < 3:
            continue
        inside = shapely.make_valid(Polygon(stroke.points, [h for h in stroke.holes if len(h) > 2]))
        for part in polygons_of(inside):
            parts.append(part)
            layers.append(stroke.layer)
    scores = thin_shares(parts, THICKEST_WALL_M)
    return [
        MaterialPiece(area=part, evidence="hatch", layer=layer, score=float(score))
        for part, layer, score in zip(parts, layers, scores, strict=True)
        if score >= THIN_ENOUGH and thickness_of(part) >= THINNEST_WALL_M / 2
    ]


def outlined_pieces(strokes: Sequence[tuple[int, Stroke]]) -> list[MaterialPiece]:
    """Return wall section enclosed by wall lines: closed outlines and pairs of face lines."""
    drawn = [(i, stroke) for i, stroke in strokes if stroke.fill is None]
    by_index = dict(drawn)
    segments = close_ends(merge_collinear(segments_of(drawn)))
    faces = arrange(segments)
    if not faces:
        return []
    scores = thin_shares(faces, THICKEST_WALL_M)
    thin = [
        (part, float(score))
        for face, score in zip(faces, scores, strict=True)
        if score >= PARTLY_THIN
        for part in ([face] if score >= THIN_ENOUGH else _arms(face))
    ]
    keep = ~(closets([face for face, _ in thin]) | lumps([face for face, _ in thin]))
    tree = STRtree(segments.lines())
    pieces = []
    for (face, score), kept in zip(thin, keep, strict=True):
        if not kept:
            continue
        nearest = int(tree.nearest(face.exterior.interpolate(0.5, normalized=True)))
        stroke = by_index[int(segments.source[nearest])]
        evidence = "outline" if stroke.closed else "double-line"
        pieces.append(MaterialPiece(area=face, evidence=evidence, layer=stroke.layer, score=score))
    return pieces


def _arms(face: Polygon) -> list[Polygon]:
    """Return the narrow parts of a face that is wall in some parts and floor in others."""
    radius = THICKEST_WALL_M / 2
    core = grown(grown(face, -radius), radius + TIDY_M)
    return [part for part in polygons_of(face.difference(core)) if part.area > LEAST_ARM_M2]


def closets(faces: Sequence[Polygon]) -> NDArray[np.bool_]:
    """Return which thin faces are closets: wide for a wall and bordered by thinner walls."""
    found = np.zeros(len(faces), dtype=bool)
    if not len(faces):
        return found
    widths = np.array([_width(face) for face in faces])
    tree = STRtree(faces)
    for index in np.flatnonzero(widths > CLOSET_M).tolist():
        face = faces[index]
        border = 0.0
        for other in tree.query(face, predicate="dwithin", distance=1e-4).tolist():
            thinner = LEAST_WALL_M <= widths[other] < widths[index] / CLOSET_RATIO
            if other != index and thinner:
                border += float(
                    shapely.length(face.exterior.intersection(faces[other].buffer(1e-3)))
                )
        found[index] = border > CLOSET_SHARE * face.exterior.length
    return found


def lumps(faces: Sequence[Polygon]) -> NDArray[np.bool_]:
    """Return which thin faces lie in areas wider than any wall: tables, stairs, tiles.

    A wall is thin in itself; the cells of a table are thin each, but not together.
    """
    if not len(faces):
        return np.zeros(0, dtype=bool)
    radius = LUMP_M / 2
    core = grown(grown(joined(faces), -radius), radius)
    if core.is_empty:
        return np.zeros(len(faces), dtype=bool)
    shapely.prepare(core)
    inside = shapely.area(shapely.intersection(core, list(faces)))
    return np.asarray(inside > LUMP_SHARE * shapely.area(list(faces)))


def _width(face: Polygon) -> float:
    """Return the width of the largest circle that fits into a face."""
    circle = shapely.maximum_inscribed_circle(face, tolerance=0.01)
    return float(2.0 * circle.length)


def body_of(areas: Iterable[BaseGeometry]) -> MultiPolygon:
    """Return the union of wall areas with cracks closed and specks left out."""
    body = tidy(joined(areas), tolerance_m=TIDY_M)
    return MultiPolygon([p for p in body.geoms if thickness_of(p) > THINNEST_WALL_M / 2])


def layer_at(pieces: Sequence[MaterialPiece], area: Polygon, tree: STRtree) -> tuple[str, str]:
    """Return (layer, evidence) of the piece that shares most with an area.

    `tree` indexes the areas of the pieces.
    """
    near = tree.query(area, predicate="intersects")
    if not len(near):
        return "", ""
    shares = [pieces[i].area.intersection(area).area for i in near.tolist()]
    best = pieces[int(near[int(np.argmax(shares))])]
    return best.layer, best.evidence
