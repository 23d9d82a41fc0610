"""Voices of the unit vote: what a drawing's own sizes say about its unit.

Each voice holds a size that buildings share the world over — a door leaf, a wall, a
room, a letter — against the drawing, and gives every candidate unit a logarithmic
likelihood. The sizes and their spreads stand in `sizes`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from architecture.reading.linework import (
    Linework,
    area_around,
    collinear_gaps,
    face_sizes,
    parallel_gaps,
    swing_radii,
)
from architecture.reading.primitives import FloatArray
from architecture.reading.printed import is_imperial, is_metric, parse_areas, parse_length
from architecture.reading.sizes import (
    ANYTHING,
    EXTENT,
    FACE,
    GAP,
    LEAF,
    LETTER,
    LONGEST_SPAN,
    METERS_PER_UNIT,
    ROUGH_ROOM,
    SITE_EXTENT,
    SITE_FACE,
    SITE_LETTER,
    SPAN,
    SWING,
    UNIT_NAMES,
    WALL,
    Testimony,
    best_unit,
    measured,
)
from architecture.reading.unscaled import UnscaledDrawing

Voice = Callable[[UnscaledDrawing, Linework], Testimony | None]
METRIC_UNITS: Final = ("mm", "cm", "dm", "m")
HEADER_DEFAULT: Final = math.log(3.0)
"""Odds of a header that stands as programs create it (inches, millimeters)."""
HEADER_CHOSEN: Final = math.log(8.0)
"""Odds of a header that somebody set."""
ARCHITECTURAL: Final = math.log(6.0)
"""Odds that a drawing whose lengths are shown in feet and inches is drawn in inches."""
METRIC_SYSTEM: Final = math.log(2.5)
"""Odds of $MEASUREMENT."""
IMPERIAL_TEXTS: Final = math.log(12.0)
METRIC_TEXTS: Final = math.log(6.0)
RATIO_TOLERANCE: Final = 0.03
"""A dimension's text and its measurement agree within this share."""
EXACT_DIMENSION: Final = 7.0
"""Weight of dimension texts with a unit, natural logarithms."""
FORMAT_STRENGTH: Final = 1.5
"""Weight of the number of decimals."""
RATIO_STRENGTH: Final = 6.0
"""Weight of units that no printed unit explains, where all dimensions agree."""
MAX_AREAS: Final = 24
"""Most printed areas held against their surroundings."""


# ---------------------------------------------------------------- header and notation


def header(drawing: UnscaledDrawing, _: Linework) -> Testimony | None:
    """$INSUNITS, $MEASUREMENT and $LUNITS: wrong in half of all files, so they count little."""
    facts = drawing.facts
    weights = dict.fromkeys(METERS_PER_UNIT, 0.0)
    declared = drawing.declared_unit
    if declared in weights:
        default = declared in ("mm", "in")
        weights[declared] += HEADER_DEFAULT if default else HEADER_CHOSEN
    measurement = int(facts.get("measurement", -1))
    if measurement == 1:
        for unit in METRIC_UNITS:
            weights[unit] += METRIC_SYSTEM
    architectural = facts.get("lunits") in (3, 4)
    if architectural:
        weights["in"] += ARCHITECTURAL
    if not any(weights.values()):
        return None
    said = f"declares {UNIT_NAMES.get(declared, declared)}" if declared else "declares no unit"
    extra = ", shows lengths in feet and inches" if architectural else ""
    system = {0: ", imperial system", 1: ", metric system"}.get(measurement, "")
    return Testimony("header", weights, f"The header {said}{system}{extra}.")


def notation(drawing: UnscaledDrawing, _: Linework) -> Testimony | None:
    """Feet and inches, square metres, and scripts of countries that measure in metres."""
    contents = [text.text.content for text in drawing.texts]
    contents += [dimension.shown for dimension in drawing.dimensions]
    imperial = sum(is_imperial(content) for content in contents)
    metric = sum(is_metric(content) for content in contents)
    script = sum(any(ord(c) > 0x0370 and c.isalpha() for c in content) for content in contents)
    if not imperial and not metric and not script:
        return None
    weights = dict.fromkeys(METERS_PER_UNIT, 0.0)
    if imperial > metric:
        weights["in"] += IMPERIAL_TEXTS
        weights["ft"] += IMPERIAL_TEXTS / 2.0
    else:
        for unit in METRIC_UNITS:
            weights[unit] += METRIC_TEXTS
    message = (
        f"{imperial} texts in feet, inches or square feet; {metric} in metric units; "
        f"{script} in scripts of metric countries."
    )
    return Testimony("notation", weights, message)


# ---------------------------------------------------------------- geometry


def door_arcs(_: UnscaledDrawing, lines: Linework) -> Testimony | None:
    """Radii of door swings."""
    leaves, swings = swing_radii(lines)
    if not len(leaves) and not len(swings):
        return None
    radii = leaves if len(leaves) else swings
    if len(leaves):
        size, strength = LEAF, min(0.75 + 0.25 * len(leaves), 1.5)
    else:
        size, strength = SWING, min(0.3 + 0.1 * len(swings), 1.0)
    weights = measured(radii, size, strength)
    radius = float(np.median(radii))
    best = best_unit(weights)
    message = (
        f"{len(leaves)} swings with a leaf and {len(swings)} other quarter circles; the median "
        f"radius of {radius:.4g} units would be {radius * METERS_PER_UNIT[best]:.2f} m "
        f"in {UNIT_NAMES[best]}."
    )
    on_map = measured(radii, ANYTHING, strength)
    return Testimony("door-arcs", weights, message, on_map)


def wall_thickness(_: UnscaledDrawing, lines: Linework) -> Testimony | None:
    """Distances between parallel lines that run together, weighted by their length."""
    distances, overlaps = parallel_gaps(lines)
    if len(distances) < 4:
        return None
    strength = 2.0 * min(len(distances) / 20.0, 1.0)
    weights = measured(distances, WALL, strength, overlaps)
    order = np.argsort(distances)
    middle = np.searchsorted(np.cumsum(overlaps[order]), overlaps.sum() / 2.0)
    typical = float(distances[order][min(int(middle), len(order) - 1)])
    best = best_unit(weights)
    message = (
        f"{len(distances)} pairs of parallel lines; half of their length lies within "
        f"{typical:.4g} units, {typical * METERS_PER_UNIT[best]:.2f} m in {UNIT_NAMES[best]}."
    )
    return Testimony("wall-thickness", weights, message, measured(distances, ANYTHING, strength))


def door_gaps(_: UnscaledDrawing, lines: Linework) -> Testimony | None:
    """Gaps between lines that continue each other."""
    gaps = collinear_gaps(lines)
    if len(gaps) < 4:
        return None
    strength = 4.0 * len(gaps) / (len(gaps) + 10.0)
    weights = measured(gaps, GAP, strength)
    best = best_unit(weights)
    share = float(np.mean(np.abs(np.log(gaps * METERS_PER_UNIT[best] / GAP.center_m)) < 0.3))
    message = f"{len(gaps)} gaps in lines; in {UNIT_NAMES[best]}, {share:.0%} are as wide as doors."
    return Testimony("door-gaps", weights, message, measured(gaps, ANYTHING, strength))


def faces(_: UnscaledDrawing, lines: Linework) -> Testimony | None:
    """Sizes of compact closed faces."""
    areas, compactness = face_sizes(lines)
    areas = areas[(compactness > 0.4) & (areas > 0.0)]
    if len(areas) < 3:
        return None
    sides = np.sqrt(areas)
    weights = measured(sides, FACE, 0.6, sides)
    typical = float(np.average(sides, weights=sides))
    best = best_unit(weights)
    message = (
        f"{len(areas)} compact faces; weighted by their side they measure {typical:.4g} units, "
        f"{typical * METERS_PER_UNIT[best]:.1f} m in {UNIT_NAMES[best]}."
    )
    return Testimony("faces", weights, message, measured(sides, SITE_FACE, 0.6, sides))


def extent(_: UnscaledDrawing, lines: Linework) -> Testimony | None:
    """Overall size without stray lines."""
    if len(lines.segments) < 4:
        return None
    points = lines.segments.reshape(-1, 2)
    side = float(np.ptp(np.percentile(points, [2, 98], axis=0), axis=0).max())
    if side <= 0.0:
        return None
    weights = measured(np.array([side]), EXTENT, 1.0)
    best = best_unit(weights)
    meters = side * METERS_PER_UNIT[best]
    message = f"The drawn lines span {side:.4g} units, {meters:.0f} m in {UNIT_NAMES[best]}."
    on_map = measured(np.array([side]), SITE_EXTENT, 1.0)
    return Testimony("extent", weights, message, on_map)


def letters(drawing: UnscaledDrawing, _: Linework) -> Testimony | None:
    """Heights of letters."""
    heights = np.array([t.text.height for t in drawing.texts if t.text.height > 0.0])
    if len(heights) < 2:
        return None
    typical = float(np.median(heights))
    weights = measured(np.array([typical]), LETTER, 0.8)
    best = best_unit(weights)
    message = (
        f"{len(heights)} texts; the median height of {typical:.4g} units is "
        f"{typical * METERS_PER_UNIT[best]:.2f} m in {UNIT_NAMES[best]}."
    )
    on_map = measured(np.array([typical]), SITE_LETTER, 0.8)
    return Testimony("text-heights", weights, message, on_map)


# ---------------------------------------------------------------- dimensions and areas


def dimensions(drawing: UnscaledDrawing, _: Linework) -> Testimony | None:
    """Texts of dimensions against the lengths they measure."""
    read = [
        (parse_length(d.printed or d.shown), d.length) for d in drawing.dimensions if d.length > 0.0
    ]
    pairs = [(p, length) for p, length in read if p is not None and p.value > 0.0]
    lengths = np.array([length for _, length in read])
    if not len(lengths):
        return None
    exact = np.array([p.meters / length for p, length in pairs if p.meters is not None])
    if len(exact) * 2 > len(pairs) > 0:
        return _stated(exact)
    bare = [(p.value, p.decimals, length) for p, length in pairs if p.meters is None]
    if bare:
        return _bare_numbers(bare)
    weights = measured(lengths, SPAN, 1.0)
    message = (
        f"{len(lengths)} dimensions without text; median {float(np.median(lengths)):.4g} units."
    )
    return Testimony("dimensions", weights, message)


def _stated(meters_per_unit: FloatArray) -> Testimony:
    """Texts with a unit: each gives the length of the drawing unit itself."""
    strength = EXACT_DIMENSION * min(len(meters_per_unit), 4) / 4.0
    shares = {
        unit: float(np.mean(np.abs(np.log(meters_per_unit / meters)) < 2.0 * RATIO_TOLERANCE))
        for unit, meters in METERS_PER_UNIT.items()
    }
    weights = {unit: strength * (share - 1.0) for unit, share in shares.items()}
    best = best_unit(weights)
    message = (
        f"{len(meters_per_unit)} dimensions are printed with their unit; {shares[best]:.0%} agree "
        f"with {UNIT_NAMES[best]} (median {float(np.median(meters_per_unit)):.5g} m a unit)."
    )
    return Testimony("dimensions", weights, message)


def _bare_numbers(rows: Sequence[tuple[float, int, float]]) -> Testimony:
    """Texts that are bare numbers: their format says which unit they are printed in."""
    values = np.array([value for value, _, _ in rows])
    lengths = np.array([length for _, _, length in rows])
    decimals = float(np.mean([min(d, 3) for _, d, _ in rows]))
    ratio = float(np.median(values / lengths))
    agreeing = float(np.mean(np.abs(np.log(values / lengths / ratio)) < 2.0 * RATIO_TOLERANCE))
    fits: dict[str, float] = {}
    for printed_in in ("mm", "cm", "m", "in", "ft"):
        printed = values * METERS_PER_UNIT[printed_in]
        plausible = float(np.mean(SPAN.log_density(printed)))
        plausible += float(LONGEST_SPAN.log_density(printed.max()))
        fitting = plausible + FORMAT_STRENGTH * _format_log_odds(printed_in, decimals)
        for unit, meters in METERS_PER_UNIT.items():
            drawn = ratio * METERS_PER_UNIT[printed_in]
            if abs(math.log(drawn / meters)) < 3.0 * RATIO_TOLERANCE:
                fits[unit] = max(fits.get(unit, -math.inf), fitting)
    strength = RATIO_STRENGTH * agreeing * min(len(rows), 4) / 4.0
    floor = min(fits.values(), default=0.0) - strength
    weights = {unit: fits.get(unit, floor) for unit in METERS_PER_UNIT}
    best = best_unit(weights)
    message = (
        f"{len(rows)} dimensions print {ratio:.4g} a unit, with {decimals:.1f} decimals; the "
        f"median of {float(np.median(values)):.4g} fits a drawing in {UNIT_NAMES[best]}."
    )
    return Testimony("dimensions", weights, message)


def _format_log_odds(printed_in: str, decimals: float) -> float:
    """Metres are printed with two or three decimals, centimeters and millimeters with none."""
    many = min(decimals / 2.0, 1.0)
    with_decimals = {"mm": 0.05, "cm": 0.15, "m": 0.7, "in": 0.1, "ft": 0.1}
    without = {"mm": 0.6, "cm": 0.45, "m": 0.03, "in": 0.1, "ft": 0.02}
    return many * math.log(with_decimals[printed_in]) + (1.0 - many) * math.log(without[printed_in])


def areas(drawing: UnscaledDrawing, lines: Linework) -> Testimony | None:
    """Printed areas against what is seen around them."""
    ratios: list[float] = []
    for placed in drawing.texts:
        stated = parse_areas(placed.text.content)
        if len(stated) != 1 or len(ratios) >= MAX_AREAS:
            continue
        center = placed.text.center
        place = (float(center[0]) - lines.middle[0], float(center[1]) - lines.middle[1])
        seen = area_around(lines, place)
        if seen is not None and seen > 0.0:
            ratios.append(math.sqrt(stated[0] / seen))
    if not ratios:
        return None
    meters = np.array(ratios)
    strength = min(0.75 + 0.25 * len(ratios), 2.0)
    weights = {
        unit: strength * float(np.mean(ROUGH_ROOM.log_density(meters / length)))
        for unit, length in METERS_PER_UNIT.items()
    }
    message = (
        f"{len(ratios)} printed areas against their rooms: about "
        f"{float(np.median(meters)):.3g} m a unit, nearest to {UNIT_NAMES[best_unit(weights)]}."
    )
    return Testimony("areas", weights, message)


VOICES: Final[tuple[Voice, ...]] = (
    header,
    notation,
    door_arcs,
    wall_thickness,
    door_gaps,
    faces,
    extent,
    letters,
    dimensions,
    areas,
)
"""Everybody who is heard."""
