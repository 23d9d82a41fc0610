"""Label tables: what the values of a label map stand for, in the files that programs keep.

Read: our own ``.labels.json``, ITK-SNAP's label description, 3D Slicer's color table, and
CSV with a column of values and one of names. Written: ITK-SNAP's.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Final

from medical.objects.names import label_name, spread_color, table_of, with_unique_names
from shared.concept import Color, Concept, Label, LabelTable
from shared.errors import DamagedFileError, InputNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ITK_SNAP_ROW: Final = re.compile(
    r'\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s+([\d.]+)\s+\d+\s+\d+\s+"(.*)"\s*'
)
"""Value, red, green, blue, opacity, visible, shown in 3D, name."""
COLOR_TABLE_ROW: Final = re.compile(r"\s*(\d+)\s+(\S+)\s+(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*")
"""Value, name, red, green, blue, opacity."""
VALUE_COLUMNS: Final = ("value", "labelvalue", "label", "id", "index")
NAME_COLUMNS: Final = ("name", "structure", "label_name", "text", "meaning")
"""Names of the columns of a CSV file, the likeliest first."""

ITK_SNAP_SUFFIX: Final = ".label.txt"
"""What a description beside a label map ends with."""
BESIDE: Final = (".labels.json", ITK_SNAP_SUFFIX, ".label", ".ctbl", ".csv", ".txt")
"""Suffixes of tables that are looked for beside a label map."""


def table_beside(image: Path) -> Path | None:
    """Return the label table that stands beside a label map and is called like it."""
    from medical.images.formats import stem_of

    for suffix in BESIDE:
        candidate = image.with_name(stem_of(image) + suffix)
        if candidate.is_file():
            return candidate
    return None


def read_label_table(path: Path) -> LabelTable:
    """Return a label table, told by what the file holds.

    Raises
    ------
    InputNotFoundError
        If there is no such file.
    DamagedFileError
        If it tells no label in any way that is known.
    """
    if not path.is_file():
        raise InputNotFoundError("There is no label table there.", remedy="Check the spelling.")
    if path.suffix.lower() == ".json":
        from medical.images.labels import read_table

        return read_table(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise _unknown() from error
    rows = list(_rows(text)) or list(_csv_rows(text))
    seen: dict[int, Label] = {}
    for label in rows:
        seen.setdefault(label.value, label)
    if not seen:
        raise _unknown()
    return table_of(with_unique_names(list(seen.values())))


def _unknown() -> DamagedFileError:
    return DamagedFileError(
        "The label table cannot be read.",
        remedy="Give an ITK-SNAP label description, a 3D Slicer color table, or CSV with the "
        "columns value and name.",
    )


def _rows(text: str) -> Iterator[Label]:
    """Yield the labels of an ITK-SNAP description or a color table."""
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            continue
        snap, table = ITK_SNAP_ROW.fullmatch(line), COLOR_TABLE_ROW.fullmatch(line)
        if snap:
            value, words, rgb = int(snap[1]), snap[6], snap.group(2, 3, 4)
        elif table:
            value, words, rgb = int(table[1]), table[2], table.group(3, 4, 5)
        else:
            continue
        if value >= 1:
            yield Label(value=value, name=label_name(words, number=value), color=_color(rgb))


def _color(rgb: tuple[str, ...]) -> Color:
    red, green, blue = (min(int(channel), 255) / 255 for channel in rgb)
    return red, green, blue


def _csv_rows(text: str) -> Iterator[Label]:
    sample = text.partition("\n")[0]
    delimiter = max(",;\t", key=sample.count)
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter)
    columns = {(name or "").strip().lower(): name for name in rows.fieldnames or ()}
    value_column = next((columns[c] for c in VALUE_COLUMNS if c in columns), None)
    name_column = next((columns[c] for c in NAME_COLUMNS if c in columns), None)
    if value_column is None or name_column is None:
        return
    for row in rows:
        text_value = (row[value_column] or "").strip()
        if not text_value.isdigit() or int(text_value) < 1:
            continue
        value = int(text_value)
        plain = {(k or "").strip().lower(): (v or "") for k, v in row.items() if isinstance(v, str)}
        yield Label(
            value=value,
            name=label_name(row[name_column] or "", number=value),
            concept=_concept(plain),
            color=spread_color(value),
        )


def _concept(row: dict[str, str]) -> Concept | None:
    scheme, code = row.get("scheme", "SCT").strip(), row.get("code", "").strip()
    if not (scheme and code):
        return None
    return Concept(scheme=scheme, code=code, meaning=row.get("meaning", "").strip() or code)


def itk_snap_text(labels: LabelTable) -> str:
    """Return a label table as ITK-SNAP's label description file."""
    lines = [
        "################################################",
        "# ITK-SnAP Label Description File",
        "# File format:",
        "# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL",
        "################################################",
        '    0     0    0    0        0  0  0    "Clear Label"',
    ]
    for label in labels:
        red, green, blue = (round(255 * channel) for channel in label.color)
        lines.append(
            f'{label.value:5d} {red:5d}{green:5d}{blue:5d}        1  1  1    "{label.name}"'
        )
    return "\n".join(lines) + "\n"
