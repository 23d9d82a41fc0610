"""Scene: labelled parts in one frame. Writers and viewers know nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from shared.concept import Label
from shared.errors import FrameMismatchError, InvalidValueError
from shared.finding import Finding
from shared.frame import Frame
from shared.mesh import Mesh
from shared.provenance import Provenance

PART_PATH: Final = re.compile(r"(/[^/\s][^/]*)+")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Part:
    """One named, labelled thing.

    Parameters
    ----------
    path
        Place in the hierarchy, such as ``/storey_0/wall_3``; unique in a scene.
    mesh
        Its surface.
    label
        What it is.
    opacity
        0 invisible to 1 opaque.
    properties
        What IFC, glTF extras and reports print: plain numbers, strings, lists.
    provenance
        Where it comes from.
    """

    path: str
    mesh: Mesh
    label: Label
    opacity: float = 1.0
    properties: Mapping[str, Any] = field(default_factory=dict)
    provenance: Provenance = Provenance()

    def __post_init__(self) -> None:
        object.__setattr__(self, "properties", MappingProxyType(dict(self.properties)))
        if not PART_PATH.fullmatch(self.path):
            raise InvalidValueError(f"{self.path!r} is not a part path like /storey_0/wall_3.")
        if not 0.0 <= self.opacity <= 1.0:
            raise InvalidValueError(f"Opacity {self.opacity} is not between 0 and 1.")

    @property
    def name(self) -> str:
        """The last step of the path."""
        return self.path.rsplit("/", 1)[1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scene:
    """Parts in drawing order, in one frame, with unique paths."""

    title: str
    frame: Frame
    parts: tuple[Part, ...]
    provenance: Provenance = Provenance()
    findings: tuple[Finding, ...] = ()
    properties: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(self.parts))
        object.__setattr__(self, "properties", MappingProxyType(dict(self.properties)))
        paths = [part.path for part in self.parts]
        if len(set(paths)) != len(paths):
            raise InvalidValueError("Two parts of a scene have the same path.")
        for part in self.parts:
            if not part.mesh.frame.is_compatible(self.frame):
                raise FrameMismatchError(
                    f"Part {part.path} stands in another frame than the scene."
                )
