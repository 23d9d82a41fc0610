"""The whole architectural road: drawings → plans → building → scene and report."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from architecture.building.elements import Building
from architecture.building.raise_building import raise_building
from architecture.building.slabs import SLAB_THICKNESS_M
from architecture.drawing import Drawing
from architecture.parts import to_scene
from architecture.plan import Plan
from architecture.reading.read import read_drawing
from architecture.report import BuildingReport, report_on
from architecture.understanding.parting import Region
from architecture.understanding.sorting import overrides_from
from architecture.understanding.storeys import StoreyDrawing, storeys_in
from architecture.understanding.understand import understand
from shared.errors import UsageError
from shared.finding import Finding, warning
from shared.progress import Progress, ignore_progress
from shared.scene import Scene

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Built:
    """What drawings became: the plans, the building (for IFC), the scene, the report."""

    plans: tuple[Plan, ...]
    building: Building
    scene: Scene
    report: BuildingReport


def build(
    drawings: Sequence[str | Path] | str | Path,
    *,
    unit: str | None = None,
    salvage: bool = False,
    storey_height_m: float | Sequence[float] | None = None,
    roles: Mapping[str, str] | None = None,
    regions: Sequence[Region] = (),
    storeys: str | None = None,
    names: Sequence[str] | None = None,
    name: str = "Building",
    slab_thickness_m: float = SLAB_THICKNESS_M,
    flat_roof: bool = False,
    spaces: bool = False,
    progress: Progress = ignore_progress,
) -> Built:
    """Build a model from drawings: from the bottom up, each a storey or a sheet of several.

    Parameters
    ----------
    drawings
        Drawing files.
    unit
        What one drawing unit is; None lets the drawings vote.
    salvage
        Read what is left of a file that was cut, instead of refusing it.
    storey_height_m
        Floor to floor, one for all or one each; None takes what drawings say, else 2.7 m.
    roles
        A person's word on layers: pattern → role.
    regions
        Of a single drawing, build only what stands in these (xmin, ymin, xmax, ymax), in
        metres in the coordinates of the drawing, from the bottom up.
    storeys
        Of a single drawing: the numbers of its plans from the bottom up, such as
        ``"1,2,2,3"``, or ``"one"`` to take it as one storey.
    names, name
        Of the storeys and of the building.
    slab_thickness_m, flat_roof
        See `architecture.raise_building`.
    spaces
        Put the bodies of rooms into the scene.
    progress
        Told the step and the share done.

    Returns
    -------
    Built

    Raises
    ------
    ToolkitError
        As `architecture.read_drawing`, `understand` and `raise_building` do.
    UsageError
        If regions or storeys are asked of several drawings.
    """
    paths = [drawings] if isinstance(drawings, (str, Path)) else list(drawings)
    if len(paths) > 1 and (regions or storeys is not None):
        raise UsageError(
            "Regions and storeys are said of one drawing, and several were given.",
            remedy="Build from one drawing, or leave them out.",
        )
    clock = _Clock(progress, steps=3 * len(paths) + 2)
    read = [
        clock.run("read", partial(read_drawing, path, unit=unit, salvage=salvage)) for path in paths
    ]
    overrides = overrides_from(roles)
    parting = partial(storeys_in, overrides=overrides, regions=regions, chosen=storeys)
    parted = [clock.run("part", partial(parting, one)) for one in read]
    understood = [clock.run("understand", partial(_plans, parts, roles)) for parts in parted]
    plans = [plan for found in understood for plan in found]
    building = clock.run(
        "raise",
        partial(
            raise_building,
            plans,
            storey_heights_m=storey_height_m,
            names=names,
            name=name,
            slab_thickness_m=slab_thickness_m,
            flat_roof=flat_roof,
        ),
    )
    findings = (*_about_repeated(read, [len(found) for found in understood]), *building.findings)
    building = replace(building, findings=findings)
    scene = clock.run("mesh", partial(to_scene, building, spaces=spaces))
    report = report_on(building, plans, seconds=clock.seconds)
    return Built(plans=tuple(plans), building=building, scene=scene, report=report)


def _about_repeated(read: Sequence[Drawing], storeys: Sequence[int]) -> list[Finding]:
    """Warn of each drawing that was given more than once, under whatever names.

    Floors that are alike are a reason to do so, a slip of the hand is another.
    """
    numbers_by_digest: dict[tuple[str, ...], list[int]] = {}
    for number, drawing in enumerate(read):
        digest = tuple(source.sha256 for source in drawing.provenance.sources)
        numbers_by_digest.setdefault(digest, []).append(number)
    return [
        warning(
            "drawing-repeated",
            f"{read[numbers[0]].name} was given {len(numbers)} times and makes "
            f"{sum(storeys[number] for number in numbers)} storeys; "
            "give it once if these floors are not alike.",
            details={"drawings": [number + 1 for number in numbers]},
        )
        for numbers in numbers_by_digest.values()
        if len(numbers) > 1
    ]


def plans_of(part: StoreyDrawing, *, roles: Mapping[str, str] | None) -> list[Plan]:
    """Return the plan of each storey that a part of a drawing stands for."""
    plan = understand(
        part.drawing, roles=roles, walls=part.walls, told_by=part.told_by, is_plan=part.is_plan
    )
    if plan.height_m is None:
        plan = replace(plan, height_m=part.height_m)
    first, *others = part.names
    copies = [replace(plan, name=name, level_m=None, findings=()) for name in others]
    return [replace(plan, name=first or plan.name), *copies]


def _plans(parts: Sequence[StoreyDrawing], roles: Mapping[str, str] | None) -> list[Plan]:
    return [plan for part in parts for plan in plans_of(part, roles=roles)]


@dataclass(slots=True)
class _Clock:
    """Tells progress step by step and keeps the time of each."""

    progress: Progress
    steps: int
    seconds: dict[str, float] = field(default_factory=dict)
    _done: int = 0

    def run(self, step: str, work: Callable[[], T]) -> T:
        self.progress(step, self._done / self.steps)
        started = time.perf_counter()
        result = work()
        spent = time.perf_counter() - started
        self.seconds[step] = self.seconds.get(step, 0.0) + spent
        self._done += 1
        self.progress(step, self._done / self.steps)
        return result
