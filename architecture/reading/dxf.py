"""DXF files, sound or damaged, become unscaled drawings."""

from __future__ import annotations

import gc
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from architecture.errors import DamagedDrawingError
from architecture.reading.cuts import ENTITIES, Cut, close_cut
from architecture.reading.entities import Content, read_entities
from architecture.reading.expansion import MAX_DEPTH, MAX_STROKES, Expanded, Expansion
from architecture.reading.layer_states import LayerTable
from architecture.reading.mending import mend_tags, salvage_tags
from architecture.reading.trimming import LARGE_BYTES, trimmed_file
from architecture.reading.unscaled import UnscaledDrawing
from shared.finding import Finding, note, warning
from shared.progress import Progress

UNIT_BY_INSUNITS: Final = MappingProxyType(
    {1: "in", 2: "ft", 4: "mm", 5: "cm", 6: "m", 10: "yd", 14: "dm"}
)
"""Units of $INSUNITS that buildings are drawn in (DXF reference, HEADER)."""
MAX_FILE_BYTES: Final = 512 * 2**20
"""Largest file read."""
SHOWN_SHARE: Final = 0.02
"""If less than this share of the lines lies on layers that are shown, the layer states
are an artefact (converters switch all layers off) and everything is read."""
BINARY_MARK: Final = b"AutoCAD Binary DXF"
EXTERNAL_REFERENCE: Final = 4
"""Flag of a block that stands for another file."""
NAMED: Final = 8
"""Most names listed in one message."""


@dataclass(frozen=True, slots=True)
class Document:
    """A loaded file and what had to be mended in it."""

    document: Any
    findings: tuple[Finding, ...]


def read_dxf(path: Path, progress: Progress, *, salvage: bool = False) -> UnscaledDrawing:
    """Return what a DXF file draws, in its own units.

    With `salvage`, a file that was cut is read as far as it goes.

    Raises
    ------
    DamagedDrawingError
        If it was cut, or nothing can be read from it.
    """
    loaded = load(path, salvage=salvage)
    progress("reading entities", 0.4)
    document = loaded.document
    layout, layout_findings = _layout(document)
    drawn = read_entities(layout)
    blocks = _placed_blocks(document, drawn)
    progress("placing blocks", 0.6)
    layers = LayerTable.of(document)
    names = _true_names(document)
    expanded, state_findings = _expand(drawn, blocks, layers, names)
    insunits = int(document.header.get("$INSUNITS", 0) or 0)
    return UnscaledDrawing(
        strokes=tuple(expanded.strokes),
        texts=tuple(expanded.texts),
        inserts=tuple(expanded.inserts),
        dimensions=tuple(expanded.dimensions),
        layers=layers.names,
        declared_unit=UNIT_BY_INSUNITS.get(insunits),
        name=path.stem,
        counts=dict(sorted(drawn.counts.items())),
        facts={
            "version": str(document.acad_release),
            "insunits": insunits,
            "measurement": int(document.header.get("$MEASUREMENT", 0) or 0),
            "lunits": int(document.header.get("$LUNITS", 2) or 2),
        },
        findings=(
            *loaded.findings,
            *layout_findings,
            *state_findings,
            *_reading_findings(drawn, blocks, expanded),
            *_reference_findings(document, expanded),
        ),
    )


# ---------------------------------------------------------------- loading


def load(path: Path, *, salvage: bool = False) -> Document:
    """Load a DXF file, mending it where it is damaged.

    Raises
    ------
    DamagedDrawingError
        If it was cut (unless `salvage`), cannot be mended, or is larger than can be read.
    """
    import ezdxf

    size = path.stat().st_size
    if size > MAX_FILE_BYTES:
        raise DamagedDrawingError(
            f"{path.name} has {size / 2**20:.0f} MB; at most {MAX_FILE_BYTES >> 20} MB are read.",
            remedy="Purge it, and write out (WBLOCK) each storey alone.",
        )
    with _quiet_reader(), _no_collection():
        if size > LARGE_BYTES and not _is_binary(path):
            trimmed, dropped = trimmed_file(path)
        else:
            trimmed, dropped = None, Counter[str]()
        try:
            document = ezdxf.readfile(path) if trimmed is None else _loaded(path, trimmed)
        except Exception:  # a damaged file makes the library fail in any way
            data = path.read_bytes() if trimmed is None else trimmed
            return _recovered(path, data, salvage=salvage)
        return Document(document, _trimming_findings(dropped))


def _is_binary(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(BINARY_MARK)) == BINARY_MARK


def _loaded(path: Path, trimmed: bytes) -> Any:
    """Load a trimmed file in the encoding that the file declares."""
    import ezdxf
    from ezdxf.filemanagement import dxf_file_info

    encoding = dxf_file_info(path).encoding
    return ezdxf.read(TextIOWrapper(BytesIO(trimmed), encoding=encoding, errors="surrogateescape"))


def _trimming_findings(dropped: Counter[str]) -> tuple[Finding, ...]:
    if not dropped:
        return ()
    message = f"The file is large; entities without lines were not loaded: {_listed(dropped)}."
    return (note("entities-trimmed", message, details={"names": dict(dropped)}),)


def _recovered(path: Path, data: bytes, *, salvage: bool) -> Document:
    """Return a damaged file's document: mended by the library, else by us and then by it."""
    remedy = (
        "Copy or export the drawing again; opening it in a CAD program and saving it as DXF "
        "(RECOVER, AUDIT) may also mend it."
    )
    cut = not _has_end_mark(path)
    if cut and not salvage:
        raise DamagedDrawingError(
            f"{path.name} ends before its end: it was cut, and part of the drawing is missing.",
            remedy="Copy or export it again, or pass --salvage to read what is left.",
        )
    what = "ends before its end: it was cut" if cut else "is damaged and could not be mended"
    mended, flaws = (data, 0) if data.startswith(BINARY_MARK) else mend_tags(data)
    where = Cut(section="", whole=0)
    if cut and not data.startswith(BINARY_MARK):
        mended, where = close_cut(mended)
    document, more = _first_recovered(mended, data)
    if document is None:
        raise DamagedDrawingError(f"{path.name} {what}.", remedy=remedy)
    if not any(len(layout) for layout in document.layouts):
        raise DamagedDrawingError(
            f"{path.name} {what}, and no drawn entity could be read.", remedy=remedy
        )
    return Document(document, (_about_damage(flaws + more, where if cut else None),))


def _about_damage(flaws: int, cut: Cut | None) -> Finding:
    """Return what was mended and, of a cut file, how much of it was read."""
    mended = f"it was mended on reading ({flaws} flaws)."
    if cut is None:
        message = f"The file is damaged; {mended} Parts of the drawing may be missing."
        return warning("file-damaged", message, details={"flaws": flaws, "cut": False})
    if cut.section == ENTITIES:
        message = (
            f"The file is cut in the middle of its entities; {mended} {cut.whole} whole "
            "entities before the cut were read; all that was drawn after them is missing."
        )
    else:
        message = (
            f"The file is cut after its entities; {mended} All {cut.whole} entities were read."
        )
    details = {"flaws": flaws, "cut": True, "section": cut.section, "entities": cut.whole}
    return warning("file-damaged", message, details=details)


def _first_recovered(mended: bytes, data: bytes) -> tuple[Any, int]:
    """Return the document that can be recovered and the number of flaws, or (None, 0)."""
    from ezdxf import recover

    attempts: tuple[Callable[[], bytes], ...] = (
        lambda: mended,
        lambda: salvage_tags(mended),
        lambda: data,
    )
    for attempt in attempts:
        try:
            document, auditor = recover.read(BytesIO(attempt()))
        except Exception:  # a damaged file makes the library fail in any way
            continue
        return document, len(auditor.errors) + len(auditor.fixes)
    return None, 0


def _has_end_mark(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 64))
        return b"EOF" in stream.read()


@contextmanager
def _no_collection() -> Iterator[None]:
    """Hold garbage collection: loading makes millions of small objects and no garbage."""
    active = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if active:
            gc.enable()


@contextmanager
def _quiet_reader() -> Iterator[None]:
    """Keep the reader's log from the terminal; its findings are told by ours."""
    logger = logging.getLogger("ezdxf")
    propagate, handler = logger.propagate, logging.NullHandler()
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


# ---------------------------------------------------------------- layouts, blocks, layers


def _layout(document: Any) -> tuple[Any, tuple[Finding, ...]]:
    """Return model space, or the fullest paper space where model space is empty."""
    model = document.modelspace()
    if len(model):
        return model, ()
    papers = [document.layouts.get(name) for name in document.layouts.names() if name != "Model"]
    fullest = max(papers, key=len, default=None)
    if fullest is None or not any(entity.dxftype() != "VIEWPORT" for entity in fullest):
        return model, ()
    finding = warning(
        "paper-space-read",
        "Model space is empty; the drawing on the fullest sheet was read, at the sheet's scale.",
    )
    return fullest, (finding,)


def _placed_blocks(document: Any, drawn: Content) -> dict[str, Content]:
    """Return the blocks that are placed, directly or within others; pictures of dimensions
    and what is left over in the file stay unread.
    """
    blocks: dict[str, Content] = {}
    waiting = [insert.block for insert in drawn.inserts]
    while waiting:
        name = waiting.pop()
        if name.casefold() in blocks:
            continue
        layout = document.blocks.get(name)
        if layout is None or layout.is_any_layout:
            continue
        content = read_entities(layout)
        blocks[name.casefold()] = content
        waiting += [insert.block for insert in content.inserts]
    return blocks


def _true_names(document: Any) -> dict[str, str]:
    """Return names of dynamic blocks by the anonymous blocks (``*U…``) that show them."""
    by_handle: dict[str, str] = {}
    for block in document.blocks:
        by_handle[str(block.block_record.dxf.handle)] = str(block.name)
    names: dict[str, str] = {}
    for block in document.blocks:
        if not str(block.name).startswith("*"):
            continue
        record = block.block_record
        true = _extended_value(record, "AcDbDynamicBlockTrueName", 1000)
        if true is None:
            handle = _extended_value(record, "AcDbBlockRepBTag", 1005)
            true = by_handle.get(handle or "")
        if true:
            names[str(block.name).casefold()] = true
    return names


def _extended_value(record: Any, application: str, code: int) -> str | None:
    if not record.has_xdata(application):
        return None
    return next((str(tag.value) for tag in record.get_xdata(application) if tag.code == code), None)


def _expand(
    drawn: Content,
    blocks: Mapping[str, Content],
    layers: LayerTable,
    names: Mapping[str, str],
) -> tuple[Expanded, tuple[Finding, ...]]:
    """Place everything; if next to nothing is shown, read the hidden layers as well."""
    expanded = Expansion(blocks, layers, true_names=names).run(drawn)
    if not expanded.hidden:
        return expanded, ()
    everything = Expansion(blocks, layers.shown(), true_names=names).run(drawn)
    shown = len(expanded.strokes)
    if shown < SHOWN_SHARE * len(everything.strokes) or (not shown and everything.texts):
        message = (
            "Nearly all layers are switched off or frozen, as converters leave them; "
            "everything was read."
        )
        return everything, (note("layers-all-hidden", message),)
    missing = len(everything.strokes) - shown
    message = (
        f"{missing} lines on layers that are off or frozen were not read: "
        f"{_listed(expanded.hidden)}."
    )
    details = {"lines": missing, "layers": sorted(expanded.hidden)}
    return expanded, (note("layers-hidden", message, details=details),)


# ---------------------------------------------------------------- findings


def _listed(names: Counter[str]) -> str:
    top = [f"{name} ({count})" for name, count in names.most_common(NAMED)]
    rest = len(names) - len(top)
    return ", ".join(top) + (f" and {rest} more" if rest > 0 else "")


def _reading_findings(
    drawn: Content, blocks: Mapping[str, Content], expanded: Expanded
) -> list[Finding]:
    unread, damaged = Counter(drawn.unread), Counter(drawn.damaged)
    for content in blocks.values():
        unread += content.unread
        damaged += content.damaged
    proxies = Counter({k: unread.pop(k) for k in list(unread) if "PROXY" in k})
    findings: list[Finding] = []

    def tell(code: str, names: Counter[str], message: str) -> None:
        if names:
            text = message.format(names=_listed(names), count=sum(names.values()))
            findings.append(warning(code, text, details={"names": dict(names)}))

    tell(
        "proxies-not-read",
        proxies,
        "{count} proxy objects carry no picture of themselves and "
        "were not read: {names}. Explode them where they were made (EXPORTTOAUTOCAD).",
    )
    tell("entities-not-read", unread, "{count} entities of kinds that are not read: {names}.")
    tell("entities-damaged", damaged, "{count} damaged entities were left out: {names}.")
    tell("blocks-recursive", expanded.recursive, "Blocks that hold themselves were cut: {names}.")
    deep = f"Blocks nested more than {MAX_DEPTH} deep were cut: {{names}}."
    tell("blocks-too-deep", expanded.too_deep, deep)
    tell("blocks-missing", expanded.missing, "Blocks without a definition: {names}.")
    tell(
        "blocks-too-large",
        expanded.too_many,
        f"Blocks that would give more than {MAX_STROKES} lines were left out: {{names}}.",
    )
    clip = "Blocks with a clipping boundary (XCLIP) were read whole: {names}."
    tell("blocks-clipped", expanded.clipped, clip)
    if drawn.invisible:
        message = f"{drawn.invisible} entities are marked invisible and were not read."
        findings.append(note("entities-invisible", message))
    if expanded.out_of_range:
        message = f"Blocks carry {expanded.out_of_range} lines or texts out of all range."
        findings.append(warning("out-of-range", message))
    if expanded.flattened:
        message = f"{expanded.flattened} inserts have no size and were left out."
        findings.append(note("inserts-without-size", message))
    return findings


def _reference_findings(document: Any, expanded: Expanded) -> list[Finding]:
    """Name external references that are attached and not bound into the file."""
    placed = {insert.name.casefold() for insert in expanded.inserts}
    names = [
        str(block.name)
        for block in document.blocks
        if str(block.name).casefold() in placed and not len(block) and _is_reference(block)
    ]
    if not names:
        return []
    message = (
        f"{len(names)} external references are not in this file: {', '.join(names[:NAMED])}. "
        "Bind them (XREF, BIND) and save the drawing again."
    )
    return [warning("references-missing", message, details={"names": names})]


def _is_reference(block: Any) -> bool:
    entity = block.block
    return hasattr(entity, "dxf") and bool(int(entity.dxf.get("flags", 0)) & EXTERNAL_REFERENCE)
