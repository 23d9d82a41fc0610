"""What a drawing holds, as plain values for a table or a JSON report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from architecture.drawing import Drawing, Point, UnitVote
from architecture.understanding.layers import RoleOverride, guess_roles
from architecture.understanding.overrides import about_patterns
from architecture.understanding.roles import Role
from architecture.understanding.sheets import PlanGroup, read_sheet
from architecture.understanding.storeys import about_storeys
from architecture.understanding.titles import clean_title
from architecture.understanding.view_words import ViewKind
from shared.finding import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSummary:
    """One layer: what it probably holds, why, and how much is on it."""

    name: str
    role: Role
    score: float
    reason: str
    strokes: int
    texts: int
    inserts: int
    dimensions: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "name": self.name,
            "role": self.role.value,
            "score": round(self.score, 3),
            "reason": self.reason,
            "strokes": self.strokes,
            "texts": self.texts,
            "inserts": self.inserts,
            "dimensions": self.dimensions,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSummary:
    """One text: what it says and where, metres in the drawing's own frame."""

    content: str
    position_m: Point
    layer: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        x, y = self.position_m
        return {
            "content": self.content,
            "position_m": [round(x, 3), round(y, 3)],
            "layer": self.layer,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewSummary:
    """One view of a sheet: a floor plan with its number, or what its title says it is.

    Places are metres in the drawing's own frame; the number is the one that ``--storeys``
    takes, None for what is no floor plan.
    """

    number: int | None
    kind: ViewKind
    title: str
    center_m: Point
    size_m: Point
    rooms: int
    doors: int
    labels: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "number": self.number,
            "kind": self.kind.value,
            "title": self.title,
            "center_m": [round(c, 3) for c in self.center_m],
            "size_m": [round(c, 3) for c in self.size_m],
            "rooms": self.rooms,
            "doors": self.doors,
            "labels": self.labels,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawingSummary:
    """Everything that `inspect` tells of a drawing.

    Parameters
    ----------
    name
        The drawing's name.
    entities
        Entity type → number in the file.
    strokes
        Kind of line → number, blocks expanded.
    layers
        Every layer, the fullest first.
    unit
        The vote.
    bounds_m
        (xmin, ymin, xmax, ymax) in metres in the drawing's own frame, or None.
    texts, blocks, dimensions
        Texts with their places; block name → how often placed; number of dimensions.
    views
        Floor plans, and titled views that are none.
    facts, findings
        Of the drawing.
    """

    name: str
    entities: Mapping[str, int]
    strokes: Mapping[str, int]
    layers: tuple[LayerSummary, ...]
    unit: UnitVote
    bounds_m: tuple[float, float, float, float] | None
    texts: tuple[TextSummary, ...]
    blocks: Mapping[str, int]
    dimensions: int
    views: tuple[ViewSummary, ...]
    facts: Mapping[str, Any]
    findings: tuple[Finding, ...]

    @property
    def extent_m(self) -> tuple[float, float] | None:
        """Width and height in metres."""
        if self.bounds_m is None:
            return None
        xmin, ymin, xmax, ymax = self.bounds_m
        return xmax - xmin, ymax - ymin

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for a JSON report."""
        return {
            "name": self.name,
            "unit": self.unit.as_dict(),
            "bounds_m": None if self.bounds_m is None else [round(v, 4) for v in self.bounds_m],
            "extent_m": None if self.extent_m is None else [round(v, 4) for v in self.extent_m],
            "entities": dict(self.entities),
            "strokes": dict(self.strokes),
            "layers": [layer.as_dict() for layer in self.layers],
            "blocks": dict(self.blocks),
            "dimensions": self.dimensions,
            "views": [view.as_dict() for view in self.views],
            "texts": [text.as_dict() for text in self.texts],
            "facts": dict(self.facts),
            "findings": [finding.as_dict() for finding in self.findings],
        }


def inspect(drawing: Drawing, *, overrides: Sequence[RoleOverride] = ()) -> DrawingSummary:
    """Return what a drawing holds, before anybody judges what it means.

    Parameters
    ----------
    drawing
        As read.
    overrides
        A person's word on the roles of layers.

    Examples
    --------
    >>> import ezdxf, tempfile
    >>> from pathlib import Path
    >>> from architecture import read_drawing
    >>> document = ezdxf.new(units=ezdxf.units.M)
    >>> _ = document.modelspace().add_line((0, 0), (5, 3), dxfattribs={"layer": "A-WALL"})
    >>> path = Path(tempfile.mkdtemp()) / "plan.dxf"
    >>> document.saveas(path)
    >>> summary = inspect(read_drawing(path, unit="m"))
    >>> summary.extent_m, [(layer.name, layer.role.value) for layer in summary.layers][0]
    ((5.0, 3.0), ('A-WALL', 'wall'))
    """
    dx, dy = drawing.offset_m
    bounds = drawing.bounds()
    sheet = read_sheet(drawing, overrides=overrides)
    return DrawingSummary(
        name=drawing.name,
        entities=drawing.counts,
        strokes=MappingProxyType(dict(Counter(s.kind.value for s in drawing.strokes))),
        layers=_layers(drawing, overrides),
        unit=drawing.unit,
        bounds_m=(
            None
            if bounds is None
            else (bounds[0] + dx, bounds[1] + dy, bounds[2] + dx, bounds[3] + dy)
        ),
        texts=tuple(
            TextSummary(
                content=text.content,
                position_m=(text.position[0] + dx, text.position[1] + dy),
                layer=text.layer,
            )
            for text in drawing.texts
        ),
        blocks=MappingProxyType(dict(Counter(i.name for i in drawing.inserts).most_common())),
        dimensions=len(drawing.dimensions),
        views=tuple(
            _view(view, number, drawing.offset_m)
            for views in (enumerate(sheet.plans, start=1), ((None, v) for v in sheet.others))
            for number, view in views
        ),
        facts=drawing.facts,
        findings=(
            *drawing.findings,
            *about_patterns(overrides, drawing),
            *about_storeys(drawing, sheet),
        ),
    )


def _view(view: PlanGroup, number: int | None, offset_m: Point) -> ViewSummary:
    return ViewSummary(
        number=number,
        kind=view.kind,
        title="" if view.title is None else clean_title(view.title.content),
        center_m=(view.center[0] + offset_m[0], view.center[1] + offset_m[1]),
        size_m=view.size_m,
        rooms=view.rooms,
        doors=view.doors,
        labels=view.labels,
    )


def _layers(drawing: Drawing, overrides: Sequence[RoleOverride]) -> tuple[LayerSummary, ...]:
    strokes = Counter(stroke.layer for stroke in drawing.strokes)
    texts = Counter(text.layer for text in drawing.texts)
    inserts = Counter(insert.layer for insert in drawing.inserts)
    dimensions = Counter(dimension.layer for dimension in drawing.dimensions)
    names = dict.fromkeys([*drawing.layers, *strokes, *texts, *inserts, *dimensions])
    guesses = guess_roles(names, overrides=overrides)
    summaries = [
        LayerSummary(
            name=name,
            role=guesses[name].role,
            score=guesses[name].score,
            reason=guesses[name].reason,
            strokes=strokes[name],
            texts=texts[name],
            inserts=inserts[name],
            dimensions=dimensions[name],
        )
        for name in names
    ]
    return tuple(sorted(summaries, key=lambda s: -(s.strokes + s.texts + s.inserts + s.dimensions)))
