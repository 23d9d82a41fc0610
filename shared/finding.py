"""What was assumed, dropped or doubtful on the way from file to model.

Findings travel inside the values (`Volume.findings`, `Plan.findings`, ...) and end
in the report. Nothing is printed where a finding is made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from shared.errors import InvalidValueError


class Severity(StrEnum):
    """How much a reader should care."""

    NOTE = "note"
    """Something was assumed or done that does not change the result's worth."""
    WARNING = "warning"
    """The result may be wrong or unfit for a purpose; a person should look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One assumption, removal or doubt.

    Parameters
    ----------
    code
        Stable, machine-readable kebab-case word such as ``piece-dropped``.
    message
        One sentence for a person, with values and units. Never a patient's
        identity, never a file path.
    severity
        `Severity.NOTE` or `Severity.WARNING`.
    place
        World position it belongs to, in the unit of the value's frame, or None.
    details
        Further facts for the JSON report: plain numbers, strings, lists.
    """

    code: str
    message: str
    severity: Severity = Severity.NOTE
    place: tuple[float, ...] | None = None
    details: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.code or self.code != self.code.lower() or " " in self.code:
            raise InvalidValueError(f"Finding code {self.code!r} is not a kebab-case word.")

    def as_dict(self) -> dict[str, Any]:
        """Return the finding as plain data for a JSON report."""
        plain: dict[str, Any] = {
            "code": self.code,
            "severity": self.severity.value,
            "message": self.message,
        }
        if self.place is not None:
            plain["place"] = [round(float(x), 4) for x in self.place]
        if self.details:
            plain["details"] = dict(self.details)
        return plain


def warning(code: str, message: str, **rest: Any) -> Finding:
    """Return a `Finding` of severity warning."""
    return Finding(code=code, message=message, severity=Severity.WARNING, **rest)


def note(code: str, message: str, **rest: Any) -> Finding:
    """Return a `Finding` of severity note."""
    return Finding(code=code, message=message, severity=Severity.NOTE, **rest)
