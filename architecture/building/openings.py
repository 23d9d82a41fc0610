"""Set openings of a plan into walls that stand: place, depth, sill and head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon

from architecture import plan
from architecture.building.elements import (
    CUT_MARGIN_M,
    FIT_TOLERANCE_M,
    Opening,
    Region,
    Wall,
    opening_line,
    overlap,
)
from architecture.plan import OpeningKind
from shared.finding import Finding, note, warning

DOOR_HEAD_M: Final = 2.1
"""Head of doors and passages where none is printed: a leaf of 2.0 m with its frame
(DIN 18100 names 2.005 and 2.13 m; the usual 6'-8" is 2.03 m)."""

WINDOW_SILL_M: Final = 0.9
"""Sill of windows where none is printed: the usual height of a parapet."""

WINDOW_HEAD_M: Final = 2.1
"""Head of windows where none is printed: level with the doors."""

HIGH_WINDOW_HEIGHT_M: Final = 0.6
"""Height of a window whose printed sill leaves no room below the default head."""

LEAST_OPENING_HEIGHT_M: Final = 0.3
"""A window lower than this is not what a printed sill and a default head mean."""

LINTEL_M: Final = 0.05
"""What stays of a wall over an opening that would take all of it."""

CLIP_TOLERANCE_M: Final = 0.01
"""An opening may lose this much at the end of its wall without a word."""

LEAST_SHARE: Final = 0.5
"""An opening with less than this share of its width inside the wall is not its opening."""

SLANT_SHARE: Final = 0.1
"""An opening at the slanted end of its wall may lose this share of its width to the slant."""

DEFAULT_ENDS_M: Final = MappingProxyType(
    {
        OpeningKind.DOOR: (0.0, DOOR_HEAD_M),
        OpeningKind.PASSAGE: (0.0, DOOR_HEAD_M),
        OpeningKind.WINDOW: (WINDOW_SILL_M, WINDOW_HEAD_M),
    }
)
"""Sill and head where the drawing says nothing."""


NEAR_MISS_M: Final = (1e-5, 5e-4)
"""A jamb this close to a corner of its wall (nearer than the second, not within the first)
is moved: kernels that cut with a tolerance of some 1e-5 m, OpenCASCADE among them, return
nothing where faces almost coincide."""

LEAST_STRIP_M: Final = CUT_MARGIN_M
"""Lower strips of wall under a sill or over a head are not left standing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FittedOpenings:
    """The openings of one wall, and what was assumed or found no place."""

    openings: tuple[Opening, ...] = ()
    findings: tuple[Finding, ...] = ()
    unresolved: tuple[Finding, ...] = ()


def fit_openings(
    openings: Sequence[plan.Opening],
    *,
    wall: str,
    footprint: Region,
    thickness_m: float,
    height_m: float,
) -> FittedOpenings:
    """Return the openings that stand in one wall, the surest first where two overlap."""
    set_in: list[Opening] = []
    findings: list[Finding] = []
    unresolved: list[Finding] = []
    for opening in sorted(openings, key=lambda o: -o.confidence):
        placed = _placed(opening, footprint, thickness_m)
        if placed is None:
            unresolved.append(_lost(opening, f"does not stand inside {wall}"))
            continue
        sill_m, head_m = _ends(opening, height_m)
        fitted = replace(placed, sill_m=sill_m, head_m=head_m)
        rival = next((o for o in set_in if overlap(o, fitted)), None)
        if rival is not None:
            unresolved.append(_lost(opening, f"overlaps {rival.id} in {wall}"))
            continue
        set_in.append(fitted)
        findings += _changes(opening, fitted, wall)
    order = {opening.id: n for n, opening in enumerate(openings)}
    return FittedOpenings(
        openings=tuple(sorted(set_in, key=lambda o: order[o.id])),
        findings=tuple(findings),
        unresolved=tuple(unresolved),
    )


def _placed(opening: plan.Opening, footprint: Region, thickness_m: float) -> Opening | None:
    """Return the opening moved to the middle of its wall and cut to its length, if it is there."""
    center, along = np.array(opening.center), np.array(opening.direction)
    across = np.array([-along[1], along[0]])
    half, reach = along * opening.width_m / 2, across * 1.5 * thickness_m
    strip = Polygon(
        [center - half - reach, center + half - reach, center + half + reach, center - half + reach]
    )
    middle = LineString([center - half, center + half])
    pieces = [
        piece
        for piece in shapely.get_parts(footprint.intersection(strip))
        if piece.geom_type == "Polygon" and piece.area > 0
    ]
    if not pieces:
        return None
    piece = min(pieces, key=lambda p: (float(p.distance(middle)), -float(p.area)))
    offsets = shapely.get_coordinates(piece) - center
    along_wall, through = offsets @ along, offsets @ across
    width_m = float(np.ptp(along_wall))
    if width_m < LEAST_SHARE * opening.width_m:
        return None
    corners = (shapely.get_coordinates(footprint) - center) @ along
    left = _clear_of(corners, max(float(along_wall.min()), -opening.width_m / 2))
    right = _clear_of(corners, min(float(along_wall.max()), opening.width_m / 2))
    width_m, shift = right - left, (left + right) / 2
    middle_m = float(through.max() + through.min()) / 2
    x, y = center + along * shift + across * middle_m
    found = Opening(
        id=opening.id,
        kind=opening.kind,
        center=(float(x), float(y)),
        direction=opening.direction,
        width_m=width_m,
        depth_m=float(np.ptp(through)),
        sill_m=0.0,
        head_m=1.0,
        operation=opening.operation,
        swing_side=opening.swing_side,
        name=opening.name,
        confidence=opening.confidence,
        evidence=opening.evidence,
    )
    room = footprint.buffer(FIT_TOLERANCE_M)
    if not room.covers(opening_line(found)):
        found = _cut_to(found, footprint)
    return found if room.covers(opening_line(found)) else None


def _cut_to(opening: Opening, footprint: Region) -> Opening:
    """Return an opening cut to what of it lies inside its wall: walls end at an angle too."""
    line = opening_line(opening)
    parts = shapely.get_parts(footprint.intersection(line))
    longest = max(parts, key=lambda part: float(part.length), default=line)
    if longest.length < (1 - SLANT_SHARE) * opening.width_m:
        return opening
    start, end = shapely.get_coordinates(longest)[[0, -1]]
    middle = (start + end) / 2
    width_m = float(np.hypot(*(end - start)))
    return replace(opening, center=(float(middle[0]), float(middle[1])), width_m=width_m)


def _clear_of(corners: NDArray[np.float64], position_m: float) -> float:
    """Return the position nearest to one asked that no corner almost coincides with."""
    within, beyond = NEAR_MISS_M
    close = corners[np.abs(corners - position_m) < 3 * beyond]
    candidates = [position_m, *close, *(close + 2 * beyond), *(close - 2 * beyond)]
    for candidate in sorted(candidates, key=lambda p: abs(p - position_m)):
        distances = np.abs(close - candidate)
        if ((distances <= within) | (distances >= beyond)).all():
            return float(candidate)
    return position_m


def _ends(opening: plan.Opening, height_m: float) -> tuple[float, float]:
    """Return sill and head: printed, else by default, and never above the wall."""
    default_sill_m, default_head_m = DEFAULT_ENDS_M[opening.kind]
    sill_m, head_m = opening.sill_m, opening.head_m
    if head_m is None:
        sill_m = default_sill_m if sill_m is None else sill_m
        roomy = sill_m + LEAST_OPENING_HEIGHT_M <= default_head_m
        head_m = default_head_m if roomy else sill_m + HIGH_WINDOW_HEIGHT_M
    elif sill_m is None:
        roomy = default_sill_m + LEAST_OPENING_HEIGHT_M <= head_m
        sill_m = default_sill_m if roomy else head_m - HIGH_WINDOW_HEIGHT_M
    head_m = min(head_m, height_m)
    if sill_m > head_m - LEAST_OPENING_HEIGHT_M and head_m == height_m:
        sill_m = head_m - LEAST_OPENING_HEIGHT_M
    sill_m = 0.0 if sill_m < LEAST_STRIP_M else round(sill_m, 4)
    head_m = height_m if head_m > height_m - LEAST_STRIP_M else round(head_m, 4)
    return sill_m, head_m


def _lost(opening: plan.Opening, why: str) -> Finding:
    return warning(
        "opening-unresolved",
        f"The {opening.kind} {opening.id} ({opening.width_m:.2f} m wide) {why}.",
        place=opening.center,
        details={"opening": opening.id, "kind": opening.kind.value},
    )


def _changes(opening: plan.Opening, fitted: Opening, wall: str) -> list[Finding]:
    found = []
    lost_m = opening.width_m - fitted.width_m
    if lost_m > CLIP_TOLERANCE_M:
        found.append(
            warning(
                "opening-clipped",
                f"{opening.id} reaches {lost_m:.3f} m out of {wall} and was cut to it.",
                place=opening.center,
                details={"opening": opening.id},
            )
        )
    for name, printed_m, built_m in (
        ("sill", opening.sill_m, fitted.sill_m),
        ("head", opening.head_m, fitted.head_m),
    ):
        if printed_m is not None and abs(printed_m - built_m) > CLIP_TOLERANCE_M:
            found.append(
                warning(
                    f"opening-{name}-changed",
                    f"The {name} of {opening.id} is {printed_m:.2f} m in the drawing; "
                    f"{built_m:.2f} m fits {wall}.",
                    place=opening.center,
                    details={"opening": opening.id},
                )
            )
    return found


def keep_lintel(wall: Wall) -> tuple[Wall, tuple[Finding, ...]]:
    """Return a wall of which something stays: heads go down where openings take all of it."""
    if wall.net_volume_m3 > LINTEL_M / 2 * wall.footprint.area:
        return wall, ()
    top_m = wall.height_m - LINTEL_M
    lowered = tuple(
        replace(o, head_m=min(o.head_m, top_m)) if o.sill_m < top_m else o for o in wall.openings
    )
    ids = [o.id for o in wall.openings]
    told = warning(
        "opening-takes-wall",
        f"{', '.join(ids)} would leave nothing of {wall.id}; {LINTEL_M:.2f} m stay above.",
        details={"wall": wall.id, "openings": ids},
    )
    return replace(wall, openings=lowered), (told,)


def tell_defaults(openings: Sequence[plan.Opening], *, storey: str) -> tuple[Finding, ...]:
    """Return one note a kind of opening that says which heights were assumed, and where."""
    found = []
    for kind, (sill_m, head_m) in DEFAULT_ENDS_M.items():
        silent = [o for o in openings if o.kind is kind and o.head_m is None]
        sills = [o for o in openings if o.kind is kind and o.sill_m is None]
        if silent:
            found.append(
                _told(f"{kind.value}-head-assumed", storey, silent, f"head {head_m:.2f} m")
            )
        if sills and kind is OpeningKind.WINDOW:
            found.append(_told("window-sill-assumed", storey, sills, f"sill {sill_m:.2f} m"))
    return tuple(found)


def _told(code: str, storey: str, openings: Sequence[plan.Opening], value: str) -> Finding:
    kind = openings[0].kind.value
    return note(
        code,
        f"{storey}: {value} was assumed for {len(openings)} {kind}{'s' * (len(openings) > 1)}, "
        "for which the drawing gives none.",
        details={"openings": [o.id for o in openings]},
    )
