"""Open plans: one face with several names, divided where printed areas prove it.

A line that carries on a wall's face to the wall across, or that is drawn across the
floor, may be where one room ends and the next begins. It is believed if the floor on
each side has the area that the labels there print, and only if it parts all labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.polygon import orient
from shapely.strtree import STRtree

from architecture.understanding.labels import RoomLabel
from architecture.understanding.regions import polygons_of
from shared.solids.planar import UNION_GRID

__all__ = ["divide_faces", "divided", "floor_lines"]

AREA_SHARE: Final = 0.02
"""A part may differ from its printed area by this share."""
AREA_M2: Final = 0.06
"""A part may differ from its printed area by this much: prints are rounded."""
LONGEST_CHORD_M: Final = 60.0
"""Lines are carried on no further than this."""
CONCAVE_SINE: Final = 0.3
"""A face's corner juts into it if it turns back by more than this (17°)."""
SHORTEST_LINE_M: Final = 1.0
"""Shorter lines divide no floor."""
DRAWN_SHARE: Final = 0.5
"""A drawn line divides if it covers this share of the way across."""
MOST_LABELS: Final = 8
"""Faces with more labels are not divided: too many ways fit."""


def divide_faces(
    faces: Sequence[Polygon], labels: Sequence[RoomLabel], lines: Sequence[LineString]
) -> tuple[list[Polygon], list[tuple[Polygon, int]]]:
    """Return faces with open plans divided, and what was divided into how many parts."""
    tree = STRtree([Point(label.position) for label in labels])
    inside = [[labels[i] for i in tree.query(f, predicate="contains").tolist()] for f in faces]
    several = any(len(found) > 1 for found in inside)
    drawn = floor_lines(lines) if several else []
    parts = [divided(face, found, drawn) for face, found in zip(faces, inside, strict=True)]
    counts = [(f, len(p)) for f, p in zip(faces, parts, strict=True) if len(p) > 1]
    return [part for pieces in parts for part in pieces], counts


def divided(
    face: Polygon, labels: Sequence[RoomLabel], drawn: Sequence[LineString] = ()
) -> list[Polygon]:
    """Return the parts of a face, one a label, or the face itself if nothing proves parts.

    Parameters
    ----------
    face
        A face of the plan.
    labels
        The labels inside; all must print their area.
    drawn
        Lines drawn across floors.
    """
    areas = [label.area_m2 for label in labels]
    if not 2 <= len(labels) <= MOST_LABELS or any(area is None for area in areas):
        return [face]
    if not _agrees(face, labels):
        return [face]
    parts = _parts(face, tuple(labels), [*_carried_on(face), *_across(face, drawn)])
    return parts if parts is not None else [face]


def floor_lines(lines: Sequence[LineString]) -> list[LineString]:
    """Return the straight pieces of drawn lines that may divide floors."""
    found = []
    for line in lines:
        points = np.asarray(line.coords)
        long = np.flatnonzero(np.hypot(*np.diff(points, axis=0).T) > SHORTEST_LINE_M)
        found += [LineString(points[i : i + 2]) for i in long.tolist()]
    return found


def _agrees(part: Polygon, labels: Sequence[RoomLabel]) -> bool:
    printed = sum(label.area_m2 or 0.0 for label in labels)
    return abs(part.area - printed) <= AREA_M2 * len(labels) + AREA_SHARE * printed


def _parts(
    face: Polygon, labels: tuple[RoomLabel, ...], chords: Sequence[LineString]
) -> list[Polygon] | None:
    """Return parts with one label each whose areas agree, or None."""
    if len(labels) == 1:
        return [face] if _agrees(face, labels) else None
    for chord in chords:
        halves = _halves(face, chord)
        if halves is None:
            continue
        sides = [tuple(lb for lb in labels if half.contains(Point(lb.position))) for half in halves]
        if not all(sides) or sum(map(len, sides)) != len(labels):
            continue
        if not all(_agrees(half, side) for half, side in zip(halves, sides, strict=True)):
            continue
        parts = [_parts(half, side, chords) for half, side in zip(halves, sides, strict=True)]
        if all(part is not None for part in parts):
            return [piece for part in parts if part is not None for piece in part]
    return None


def _halves(face: Polygon, chord: LineString) -> tuple[Polygon, Polygon] | None:
    """Return the two parts a chord cuts a face into, or None if it does not cut it in two."""
    if shapely.intersection(face, chord).length < 0.1:
        return None
    slit = chord.buffer(UNION_GRID * 10, cap_style="flat")
    parts = [part for part in polygons_of(face.difference(slit)) if part.area > AREA_M2]
    return (parts[0], parts[1]) if len(parts) == 2 else None


def _carried_on(face: Polygon) -> list[LineString]:
    """Return the edges at corners that jut into the face, carried on across it."""
    chords = []
    polygon = orient(face)
    for ring in (polygon.exterior, *polygon.interiors):
        points = np.asarray(ring.coords)[:-1]
        before = points - np.roll(points, 1, axis=0)
        after = np.roll(points, -1, axis=0) - points
        turn = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
        size = np.hypot(*before.T) * np.hypot(*after.T)
        for i in np.flatnonzero(turn < -CONCAVE_SINE * size):
            for way in (before[i], -after[i]):
                chord = _chord(face, points[i], way / np.hypot(*way))
                if chord is not None:
                    chords.append(chord)
    return sorted(chords, key=lambda chord: chord.length)


def _chord(
    face: Polygon, start: NDArray[np.float64], way: NDArray[np.float64]
) -> LineString | None:
    """Return the line from a corner across the face to where it leaves it."""
    ray = LineString([start + way * 1e-4, start + way * LONGEST_CHORD_M])
    inside = shapely.get_parts(shapely.intersection(face, ray))
    near = [p for p in inside if isinstance(p, LineString) and p.distance(Point(start)) < 1e-3]
    if not near:
        return None
    end = np.asarray(near[0].coords)[-1]
    return LineString([start - way * 0.02, end + way * 0.02])


def _across(face: Polygon, drawn: Sequence[LineString]) -> list[LineString]:
    """Return drawn lines that run most of the way across the face, carried on to its ends."""
    chords = []
    for line in drawn:
        if not face.intersects(line):
            continue
        a, b = np.asarray(line.coords)[[0, -1]]
        way = (b - a) / np.hypot(*(b - a))
        long = LineString([a - way * LONGEST_CHORD_M, b + way * LONGEST_CHORD_M])
        for part in shapely.get_parts(shapely.intersection(face, long)):
            covered = shapely.intersection(part, line.buffer(1e-3)).length
            if part.length > 0.5 and covered > DRAWN_SHARE * part.length:
                p, q = np.asarray(part.coords)[[0, -1]]
                chords.append(LineString([p - way * 0.02, q + way * 0.02]))
    return chords
