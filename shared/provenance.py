"""Provenance: where a value comes from and what was done to it.

Append-only. Sources are told by digest, never by path or patient; steps carry their
parameters and the versions of what ran.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One input, told by what it holds.

    Parameters
    ----------
    kind
        What it is: ``dicom-series``, ``dxf``, ``nifti``, …
    sha256
        Hexadecimal digest of its bytes (of all files' digests in order, for several).
    files
        Number of files read.
    """

    kind: str
    sha256: str
    files: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing done: its name, its parameters, the versions that did it."""

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Sources and steps, oldest first."""

    sources: tuple[Source, ...] = ()
    steps: tuple[Step, ...] = ()

    def with_source(self, source: Source) -> Provenance:
        """Return this provenance with one more source."""
        return replace(self, sources=(*self.sources, source))

    def with_step(self, name: str, /, **parameters: Any) -> Provenance:
        """Return this provenance with one more step."""
        return replace(self, steps=(*self.steps, Step(name=name, parameters=parameters)))

    def __add__(self, other: Provenance) -> Provenance:
        """Return both records, this one first, without repeating what they share."""
        sources = (*self.sources, *(s for s in other.sources if s not in self.sources))
        steps = (*self.steps, *(s for s in other.steps if s not in self.steps))
        return Provenance(sources=sources, steps=steps)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data for a report or a file's metadata."""
        return {
            "sources": [
                {"kind": s.kind, "sha256": s.sha256, "files": s.files} for s in self.sources
            ],
            "steps": [
                {"name": s.name, "parameters": dict(s.parameters), "versions": dict(s.versions)}
                for s in self.steps
            ],
        }


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def digest_files(paths: Iterable[Path]) -> str:
    """Return one SHA-256 for several files, whatever their order and names."""
    digests = sorted(digest_file(path) for path in paths)
    return (
        digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()
    )
