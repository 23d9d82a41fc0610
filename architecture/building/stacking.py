"""Stack plans: which height each storey has, where its floor lies, where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
import shapely.affinity
from numpy.typing import NDArray
from shapely.geometry import box

from architecture.building.alignment import Alignment, align_walls
from architecture.building.elements import Region
from architecture.drawing import Point
from architecture.plan import Plan
from shared.errors import UsageError
from shared.finding import Finding, note, warning
from shared.solids.planar import union

DEFAULT_STOREY_HEIGHT_M: Final = 2.7
"""Floor to floor where neither drawing nor user says: 2.5 m clear under a 0.2 m slab."""

PLAUSIBLE_STOREY_HEIGHT_M: Final = (2.0, 12.0)
"""Printed levels that lie closer or farther apart are not those of two storeys."""

ALLOWED_STOREY_HEIGHT_M: Final = (1.0, 100.0)
"""A crawl space and a hall; what lies outside is no height in metres."""

USUAL_STOREY_HEIGHT_M: Final = (1.8, 20.0)
"""Heights outside are raised as asked, with a warning."""

LEVEL_TOLERANCE_M: Final = 0.05
"""Difference between a printed level and the stacked one that is told."""

LEAST_COMMON_SHARE: Final = 0.1
"""Storeys of which less than this share of the smaller lies over the other are not aligned."""

LEAST_ALIGNED_SHARE: Final = 0.35
"""Storeys drawn apart are brought over each other where this share of the walls coincides."""

FAR_M: Final = 500.0
"""Distance from the origin beyond which a building gets a local origin of its own:
float32 resolves 0.03 mm there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Heights and elevations of storeys from the bottom up."""

    heights_m: tuple[float, ...]
    elevations_m: tuple[float, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where storeys stand: the shift of each plan, and the origin of them all."""

    shifts_m: tuple[Point, ...]
    offset_m: Point
    findings: tuple[Finding, ...] = ()


def stack_levels(
    plans: Sequence[Plan], storey_heights_m: float | Sequence[float] | None = None
) -> Levels:
    """Return the height and floor level of each storey, and why.

    What the caller says goes first, then the plan's own height, then the distance of
    printed levels, then `DEFAULT_STOREY_HEIGHT_M`; the lowest floor lies at its printed
    level or at 0.

    Raises
    ------
    UsageError
        If the number of heights is not that of the plans, or one is not possible.
    """
    asked = _asked(storey_heights_m, len(plans))
    heights_m: list[float] = []
    findings: list[Finding] = []
    for number, plan in enumerate(plans):
        above = plans[number + 1] if number + 1 < len(plans) else None
        height_m, finding = _height(plan, above, asked[number])
        heights_m.append(height_m)
        if finding is not None:
            findings.append(finding)
    first_m = plans[0].level_m or 0.0
    elevations_m = [first_m, *(first_m + np.cumsum(heights_m)[:-1])]
    for plan, elevation_m in zip(plans, elevations_m, strict=True):
        if plan.level_m is not None and abs(plan.level_m - elevation_m) > LEVEL_TOLERANCE_M:
            findings.append(
                warning(
                    "level-disagrees",
                    f"{plan.name}: the drawing says level {plan.level_m:+.2f} m; "
                    f"stacked it lies at {elevation_m:+.2f} m.",
                )
            )
    return Levels(
        heights_m=tuple(heights_m),
        elevations_m=tuple(round(float(z), 9) for z in elevations_m),
        findings=tuple(findings),
    )


def _asked(storey_heights_m: float | Sequence[float] | None, count: int) -> Sequence[float | None]:
    if storey_heights_m is None:
        return [None] * count
    if isinstance(storey_heights_m, (int, float)):
        storey_heights_m = [float(storey_heights_m)] * count
    if len(storey_heights_m) != count:
        raise UsageError(
            f"{len(storey_heights_m)} storey heights were given for {count} storeys.",
            remedy="Give one for all, or one each from the bottom up.",
        )
    return [require_storey_height(height_m) for height_m in storey_heights_m]


def require_storey_height(height_m: float) -> float:
    """Return a storey height that somebody asks for; refuse what cannot be one.

    Raises
    ------
    UsageError
        If it is no number of metres within `ALLOWED_STOREY_HEIGHT_M`.
    """
    low_m, high_m = ALLOWED_STOREY_HEIGHT_M
    if not low_m <= height_m <= high_m:  # false for NaN too
        raise UsageError(
            f"A storey height of {height_m:g} m is not possible: "
            f"{low_m:g} to {high_m:g} m from floor to floor are allowed.",
            remedy="Give metres, such as 2.8.",
        )
    return float(height_m)


def _height(plan: Plan, above: Plan | None, asked: float | None) -> tuple[float, Finding | None]:
    if asked is not None:
        return asked, _about_asked(plan, asked)
    if plan.height_m is not None and _is_plausible(plan.height_m):
        return plan.height_m, note(
            "storey-height-read",
            f"{plan.name}: storey height {plan.height_m:.2f} m, from the drawing.",
        )
    if above is not None and above.level_m is not None and plan.level_m is not None:
        between_m = above.level_m - plan.level_m
        if _is_plausible(between_m):
            return between_m, note(
                "storey-height-read",
                f"{plan.name}: storey height {between_m:.2f} m, from the printed levels.",
            )
    said = "no storey height" if plan.height_m is None else f"a height of {plan.height_m:g} m"
    return DEFAULT_STOREY_HEIGHT_M, note(
        "storey-height-assumed",
        f"{plan.name}: the drawing gives {said}; "
        f"{DEFAULT_STOREY_HEIGHT_M:.2f} m from floor to floor was assumed.",
    )


def _is_plausible(height_m: float) -> bool:
    low_m, high_m = PLAUSIBLE_STOREY_HEIGHT_M
    return low_m <= height_m <= high_m


def _about_asked(plan: Plan, height_m: float) -> Finding | None:
    """Return a warning where somebody asks for a height that storeys hardly have."""
    low_m, high_m = USUAL_STOREY_HEIGHT_M
    if low_m <= height_m <= high_m:
        return None
    return warning(
        "storey-height-unusual",
        f"{plan.name}: {height_m:g} m from floor to floor, as you said; storeys are "
        f"{low_m:g} to {high_m:g} m high. Doors and windows may not fit.",
    )


def place_storeys(plans: Sequence[Plan], outlines: Sequence[Region]) -> Places:
    """Return how far each plan moves so that all stand over each other around one origin.

    Storeys keep the coordinates of their drawings where they lie over the storey below;
    one that does not is brought over it wall on wall, or, where too few walls coincide,
    centred over it with a warning.
    """
    origin = np.array(plans[0].offset_m, dtype=np.float64)
    low_x, low_y, high_x, high_y = outlines[0].bounds
    middle = np.array([(low_x + high_x) / 2, (low_y + high_y) / 2])
    far = bool(np.hypot(*middle) > FAR_M)
    recentre = np.round(middle) if far else np.zeros(2)
    shifts = [-recentre]
    findings = []
    for below, (plan, outline) in enumerate(zip(plans[1:], outlines[1:], strict=True)):
        shift = np.array(plan.offset_m) - origin - recentre
        support = shapely.affinity.translate(outlines[below], *shifts[below])
        moved = shapely.affinity.translate(outline, *shift)
        common = _common_share(support, moved)
        if common < LEAST_COMMON_SHARE:
            aligned = align_walls(_walls_at(plan, shift), _walls_at(plans[below], shifts[below]))
            if aligned is not None and aligned.share >= LEAST_ALIGNED_SHARE:
                extra = np.array(aligned.shift_m)
                findings.append(_about_aligned(plan, aligned))
            else:
                extra = np.subtract(_middle(support), _middle(moved))
                findings.append(_about_centred(plan, extra))
            shift = shift + extra
        shifts.append(shift)
    offset = origin + recentre
    return Places(
        shifts_m=tuple((float(x), float(y)) for x, y in shifts),
        offset_m=(float(offset[0]), float(offset[1])),
        findings=tuple(findings),
    )


def _walls_at(plan: Plan, shift: NDArray[np.float64]) -> Region:
    walls = union([wall.footprint for wall in plan.walls])
    return shapely.affinity.translate(walls, *shift)


def _about_aligned(plan: Plan, aligned: Alignment) -> Finding:
    x, y = aligned.shift_m
    return note(
        "storey-aligned",
        f"{plan.name} is drawn beside the storey below: it was moved by ({x:.3f}, {y:.3f}) m, "
        f"where {aligned.share:.0%} of the walls lie on walls.",
        details={"shift_m": [round(x, 4), round(y, 4)], "share": round(aligned.share, 3)},
    )


def _about_centred(plan: Plan, extra: NDArray[np.float64]) -> Finding:
    return warning(
        "storey-centred",
        f"{plan.name} is drawn elsewhere than the storey below: it was moved by "
        f"({extra[0]:.3f}, {extra[1]:.3f}) m to stand centred over it.",
        details={"shift_m": [round(float(c), 4) for c in extra]},
    )


def _common_share(one: Region, other: Region) -> float:
    smaller = min(one.area, other.area)
    return float(one.intersection(other).area / smaller) if smaller > 0 else 0.0


def _middle(region: Region) -> Point:
    center = box(*region.bounds).centroid
    return float(center.x), float(center.y)
