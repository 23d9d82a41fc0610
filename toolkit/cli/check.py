"""`recon check`: tell whether a mesh would print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from shared.errors import DamagedFileError
from shared.frame import Axes
from toolkit.cli.arguments import AsJson, require_exists
from toolkit.cli.console import (
    print_findings,
    print_json,
    print_line,
    print_table,
    progress_bar,
)

if TYPE_CHECKING:
    from shared.frame import Frame
    from toolkit.checks import PartCheck, SceneCheck

FACTS_LIMIT: Final = 2
"""Parts up to which every fact is shown, a column a part."""
ROWS_LIMIT: Final = 20
"""Parts up to which each has a row; above that each class of parts has one."""
FAULTS_SHOWN: Final = 20
"""Faults and overlaps told on the terminal; --json tells all."""
LONGEST_PLAIN: Final = 1e12
"""Numbers from here on are written with an exponent."""
PATH_WIDTH: Final = 30
"""Letters of a part's path in a table that fits 100 columns."""


def check(
    file: Annotated[Path, typer.Argument(help="A .stl, .ply, .obj, .glb or .ifc file.")],
    as_json: AsJson = False,
) -> None:
    """Check each part of a mesh file: closed, manifold, winding, self-intersections, size.

    Vertices are merged by position first, as a slicer does. A file prints if every part
    is the closed, outward surface of a solid and no two parts claim the same space.
    Exit status 0 whatever is found; read the answer in the last line or with --json.
    """
    from toolkit.checks import check_scene
    from toolkit.opening import open_model

    require_exists(file)
    with progress_bar() as progress:
        scene = open_model(file, progress=progress)
        if all(part.mesh.is_empty for part in scene.parts):
            raise DamagedFileError(f"{file.name} holds no triangles.", remedy="Export it again.")
        found = check_scene(scene, progress=progress)
    if as_json:
        frame = {"axes": scene.frame.axes.value, "unit": scene.frame.unit.value}
        findings = [finding.as_dict() for finding in scene.findings]
        print_json({"file": file.name, "frame": frame, **found.as_dict(), "findings": findings})
        return
    words = SizeWords(scene.frame)
    if len(found.parts) <= FACTS_LIMIT:
        print_facts(file.name, found.parts, words)
    elif len(found.parts) <= ROWS_LIMIT:
        print_rows(file.name, found.parts, words)
    else:
        print_classes(file.name, found.parts, words)
    print_findings(scene.findings)
    print_verdict(found, words)


class SizeWords:
    """Volumes and areas in the units of the field: ml and mm² of anatomy, m³ and m² else."""

    def __init__(self, frame: Frame) -> None:
        self._anatomy = frame.axes in (Axes.LPS, Axes.RAS)
        self.volume_unit, self.area_unit = ("ml", "mm²") if self._anatomy else ("m³", "m²")

    def volume(self, parts: Iterable[PartCheck]) -> str:
        """Return the volume of all parts that enclose one; a dash if none does."""
        volumes = [part.volume_ml if self._anatomy else part.volume_m3 for part in parts]
        told = [volume for volume in volumes if volume is not None]
        return plain_number(sum(told)) if told else "–"

    def area(self, parts: Iterable[PartCheck]) -> str:
        """Return the area of all parts."""
        sizes = [part.measures for part in parts]
        return plain_number(sum(one.area_mm2 if self._anatomy else one.area_m2 for one in sizes))


def plain_number(value: float) -> str:
    """Return four digits of a number, or all of those before its point where they fit.

    >>> plain_number(161732.61), plain_number(0.0123456), plain_number(-0.5)
    ('161733', '0.01235', '-0.5')
    """
    if 1000.0 <= abs(value) < LONGEST_PLAIN:
        return f"{value:.0f}"
    return f"{value:.4g}" if abs(value) >= 1e-4 or value == 0.0 else f"{value:.1e}"


def print_facts(title: str, parts: Sequence[PartCheck], words: SizeWords) -> None:
    """Print everything about a few parts, a column a part."""
    facts = (
        ("prints", lambda p: p.soundness.printable),
        ("closed", lambda p: p.soundness.closed),
        ("manifold", lambda p: p.soundness.manifold),
        ("winding agrees", lambda p: p.soundness.topology.oriented),
        ("outward", lambda p: p.soundness.outward),
        ("self-intersections", lambda p: p.soundness.self_intersections),
        ("shells (cavities)", _shells),
        ("nested shells", lambda p: p.soundness.nested_shells),
        ("boundary edges", lambda p: p.soundness.topology.boundary_edges),
        ("non-manifold edges", lambda p: p.soundness.topology.non_manifold_edges),
        ("non-manifold vertices", lambda p: p.soundness.topology.non_manifold_vertices),
        ("degenerate faces", lambda p: p.soundness.topology.degenerate_faces),
        ("duplicate faces", lambda p: p.soundness.topology.duplicate_faces),
        ("genus", lambda p: p.soundness.topology.genus),
        ("faces", lambda p: p.soundness.topology.faces),
        ("vertices", lambda p: p.soundness.topology.vertices),
        (f"volume {words.volume_unit}", lambda p: words.volume([p])),
        (f"area {words.area_unit}", lambda p: words.area([p])),
    )
    columns = ("", *(short_path(part.path) for part in parts))
    print_table(title, columns, ((name, *(tell(part) for part in parts)) for name, tell in facts))


def _shells(part: PartCheck) -> str:
    counts = part.soundness.topology
    return f"{counts.components} ({'–' if counts.cavities is None else counts.cavities})"


def print_rows(title: str, parts: Sequence[PartCheck], words: SizeWords) -> None:
    """Print a line a part."""
    columns = ("part", "prints", "closed", "manifold", "faces", *_units(words))
    rows = (
        (
            short_path(part.path),
            part.soundness.printable,
            part.soundness.closed,
            part.soundness.manifold,
            part.soundness.topology.faces,
            words.volume([part]),
            words.area([part]),
        )
        for part in parts
    )
    print_table(title, columns, rows)


def print_classes(title: str, parts: Sequence[PartCheck], words: SizeWords) -> None:
    """Print a line a class of parts."""
    by_label: dict[str, list[PartCheck]] = {}
    for part in parts:
        by_label.setdefault(part.label, []).append(part)
    columns = ("class", "parts", "print", "closed", "manifold", "faces", *_units(words))
    rows = (
        (
            label.replace("_", " "),
            len(group),
            sum(part.soundness.printable for part in group),
            sum(part.soundness.closed for part in group),
            sum(part.soundness.manifold for part in group),
            sum(part.soundness.topology.faces for part in group),
            words.volume(group),
            words.area(group),
        )
        for label, group in by_label.items()
    )
    print_table(title, columns, rows)


def _units(words: SizeWords) -> tuple[str, str]:
    return f"volume {words.volume_unit}", f"area {words.area_unit}"


def short_path(path: str) -> str:
    """Return the end of a part's path, as much as a narrow table holds.

    >>> short_path("/storey_0/wall_3"), short_path("/a/" + 40 * "b")
    ('storey_0/wall_3', '…bbbbbbbbbbbbbbbbbbbbbbbbbbbbb')
    """
    name = path.strip("/")
    return name if len(name) <= PATH_WIDTH else f"…{name[-PATH_WIDTH + 1 :]}"


def print_verdict(found: SceneCheck, words: SizeWords) -> None:
    """Print what is wrong, part by part, then the sum and the verdict."""
    parts = found.parts
    remarks = [f"{part.path}: {fault}." for part in parts for fault in part.soundness.faults]
    remarks += [
        f"{part.path}: no volume: {part.volume_note}."
        if part.volume_ml is None
        else f"{part.path}: the volume is doubtful: {part.volume_note}."
        for part in parts
        if part.volume_note
    ]
    remarks += [f"{found.overlap_words(overlap)}." for overlap in found.overlaps]
    for remark in remarks[:FAULTS_SHOWN]:
        print_line(remark)
    if len(remarks) > FAULTS_SHOWN:
        print_line(f"… and {len(remarks) - FAULTS_SHOWN} more: see --json.")
    closed = sum(part.soundness.closed for part in parts)
    prints = sum(part.soundness.printable for part in parts)
    without = sum(part.volume_ml is None for part in parts)
    lacking = f" ({without} of them without)" if 0 < without < len(parts) else ""
    volume = words.volume(parts)
    sizes = f"area {words.area(parts)} {words.area_unit}"
    if volume != "–":
        sizes = f"volume {volume} {words.volume_unit}{lacking}, {sizes}"
    if found.overlaps:
        sizes += ", shared space counted twice"
    of = f"of {len(parts)} {'part' if len(parts) == 1 else 'parts'}"
    print_line(f"Sum: {sizes}.")
    print_line(f"Closed: {closed} {of}. Prints: {prints} {of}.")
    print_line(f"Verdict: {_verdict(found, prints)}")


def _verdict(found: SceneCheck, prints: int) -> str:
    if found.printable:
        return "prints."
    if prints == len(found.parts):
        pairs = len(found.overlaps)
        what = "two parts claim" if pairs == 1 else f"{pairs} pairs of parts claim"
        return f"each part prints alone, but not all as one: {what} the same space."
    return "does not print: " + (
        "see above." if len(found.parts) == 1 else f"{len(found.parts) - prints} parts are unsound."
    )
