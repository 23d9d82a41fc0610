"""Wall material: the drawn wall section, gathered from fills, outlines and face lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.strtree import STRtree

from architecture.understanding.regions import joined, polygons_of, thickness_of, thin_share, tidy
from architecture.understanding.roles import Role
from architecture.understanding.segments import arrange, merge_collinear, segments_of
from architecture.understanding.sorting import SortedStrokes

__all__ = ["MaterialPiece", "body_of", "filled_pieces", "outlined_pieces"]

THICKEST_WALL_M: Final = 0.75
"""A stronger wall is not looked for: wider areas are rooms."""
THINNEST_WALL_M: Final = 0.03
"""Thinner than the thinnest partition."""
THIN_ENOUGH: Final = 0.7
"""Share of an area no wider than a wall that makes it a wall."""
TIDY_M: Final = 0.004
"""Cracks narrower than twice this are drawing noise."""


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


def filled_pieces(sorted_strokes: SortedStrokes) -> list[MaterialPiece]:
    """Return wall section drawn as hatches and solid fills."""
    pieces = []
    for index in sorted_strokes.of(Role.WALL, Role.HATCH):
        stroke = sorted_strokes.strokes[index]
        if stroke.fill is None or len(stroke.points) < 3:
            continue
        area = shapely.make_valid(Polygon(stroke.points, stroke.holes))
        for part in polygons_of(area):
            score = thin_share(part, THICKEST_WALL_M)
            if score >= THIN_ENOUGH and thickness_of(part) >= THINNEST_WALL_M / 2:
                pieces.append(
                    MaterialPiece(area=part, evidence="hatch", layer=stroke.layer, score=score)
                )
    return pieces


def outlined_pieces(sorted_strokes: SortedStrokes) -> list[MaterialPiece]:
    """Return wall section enclosed by wall lines: closed outlines and pairs of face lines."""
    drawn = [
        (i, sorted_strokes.strokes[i])
        for i in sorted_strokes.of(Role.WALL)
        if sorted_strokes.strokes[i].fill is None
    ]
    segments = merge_collinear(segments_of(drawn))
    faces = arrange(segments)
    if not faces:
        return []
    closed = any(stroke.closed for _, stroke in drawn)
    tree = STRtree(segments.lines())
    pieces = []
    for face in faces:
        score = thin_share(face, THICKEST_WALL_M)
        if score < THIN_ENOUGH:
            continue
        nearest = int(tree.nearest(face.exterior.interpolate(0.5, normalized=True)))
        layer = sorted_strokes.strokes[int(segments.source[nearest])].layer
        evidence = "outline" if closed else "double-line"
        pieces.append(MaterialPiece(area=face, evidence=evidence, layer=layer, score=score))
    return pieces


def body_of(pieces: list[MaterialPiece]) -> MultiPolygon:
    """Return the union of pieces with cracks closed and specks left out."""
    body = tidy(joined(piece.area for piece in pieces), tolerance_m=TIDY_M)
    return MultiPolygon([p for p in body.geoms if thickness_of(p) > THINNEST_WALL_M / 2])


def layer_at(pieces: list[MaterialPiece], area: Polygon) -> tuple[str, str]:
    """Return (layer, evidence) of the piece that shares most with an area."""
    if not pieces:
        return "", ""
    tree = STRtree([p.area for p in pieces])
    near = tree.query(area, predicate="intersects")
    if not len(near):
        return "", ""
    shares = [pieces[i].area.intersection(area).area for i in near]
    best = pieces[int(near[int(np.argmax(shares))])]
    return best.layer, best.evidence
