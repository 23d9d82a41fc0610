"""Labels: the table that says what the values of a label map stand for.

It stands beside the image as ``NAME.labels.json``: a list of labels with value, name,
color and coded concept.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from medical.images.formats import stem_of
from shared.concept import Concept, Label, LabelTable
from shared.errors import DamagedFileError, InvalidValueError

TABLE_SUFFIX: Final = ".labels.json"
SCHEMA: Final = "recon-labels/1"


def table_path(image: Path) -> Path:
    """Return where the label table of an image stands."""
    return image.with_name(stem_of(image) + TABLE_SUFFIX)


def table_text(labels: LabelTable) -> str:
    """Return a label table as JSON."""
    rows = [_row(label) for label in labels]
    return json.dumps({"schema": SCHEMA, "labels": rows}, indent=2, ensure_ascii=False) + "\n"


def read_table(path: Path) -> LabelTable:
    """Return the label table in a JSON file.

    Raises
    ------
    DamagedFileError
        If it is not one of ours.
    """
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
        return LabelTable(tuple(_label(row) for row in plain["labels"]))
    except (ValueError, KeyError, TypeError, InvalidValueError) as error:
        raise DamagedFileError(
            "The label table beside the image cannot be read.",
            remedy=f"Write it as {SCHEMA}, or take it away: the labels are then numbered.",
        ) from error


def _row(label: Label) -> dict[str, Any]:
    row: dict[str, Any] = {"value": label.value, "name": label.name, "color": list(label.color)}
    if label.concept is not None:
        concept = label.concept
        row["concept"] = {
            "scheme": concept.scheme,
            "code": concept.code,
            "meaning": concept.meaning,
        }
    return row


def _label(row: dict[str, Any]) -> Label:
    red, green, blue = (float(c) for c in row.get("color", (0.8, 0.8, 0.8)))
    concept = row.get("concept")
    return Label(
        value=int(row["value"]),
        name=str(row["name"]),
        concept=None if concept is None else Concept(**concept),
        color=(red, green, blue),
    )
