"""Structures: what can be asked for by name, and how each is found on a CT scan.

One frozen table. A structure names its method and its level with the reason for it, its
code in SNOMED CT as DICOM uses it, its display color, and which reconstruction kernel of
the scanner shows it best (a lab exports several of one scan).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from shared.concept import Color, Concept, Label
from shared.errors import InvalidValueError, UsageError


class Method(StrEnum):
    """How a structure is found."""

    THRESHOLD = "threshold"
    """Everything at or above the level."""
    BODY_SURFACE = "body-surface"
    """Everything at or above the level, and the air inside of the body."""


class Kernel(StrEnum):
    """Which convolution kernel of the scanner shows a structure best."""

    SHARP = "sharp"
    """Edges keep their height; more noise. For thin bone."""
    SOFT = "soft"
    """Little noise; edges are blurred. For soft tissue and skin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What is known of a structure before any scan.

    Parameters
    ----------
    name
        ``snake_case``; what ``--structure`` takes.
    method
        How it is found.
    level_hu
        Hounsfield units on its surface.
    level_source
        Why this level.
    concept
        Code of the anatomy.
    color
        Recommended display color, sRGB 0 to 1.
    opacity
        1 opaque; less where it is shown around something else.
    kernel
        Preferred reconstruction kernel.
    minimum_volume_ml
        Pieces below this are specks, unless another limit is asked for.
    """

    name: str
    method: Method
    level_hu: float
    level_source: str
    concept: Concept
    color: Color
    opacity: float = 1.0
    kernel: Kernel
    minimum_volume_ml: float

    def __post_init__(self) -> None:
        if not self.level_source:
            raise InvalidValueError(f"The level of {self.name} needs a source.")

    def label(self, value: int) -> Label:
        """Return the label of this structure with the given value."""
        return Label(value=value, name=self.name, concept=self.concept, color=self.color)


BONE_SPECK_ML: Final = 0.1
"""Below a tenth of a millilitre, a cube of 4.6 mm, a piece of bone is noise or partial
volume; the smallest fragments that surgeons fix are several times larger."""
SKIN_SPECK_ML: Final = 1.0
"""Below a millilitre a piece of the body is no piece: the tip of a finger has about 2 ml."""

STRUCTURES: Final = MappingProxyType(
    {
        structure.name: structure
        for structure in (
            Structure(
                name="bone",
                method=Method.THRESHOLD,
                level_hu=300.0,
                level_source="Convention: above soft tissue and most contrast-filled blood, below "
                "the compact bone of adults (Kalender, Computed Tomography, 3rd ed. 2011: compact "
                "bone above 250 HU). Thin or young bone may need 150 to 250 HU.",
                concept=Concept(scheme="SCT", code="272673000", meaning="Bone"),
                color=(0.89, 0.85, 0.74),
                kernel=Kernel.SHARP,
                minimum_volume_ml=BONE_SPECK_ML,
            ),
            Structure(
                name="skin",
                method=Method.BODY_SURFACE,
                level_hu=-200.0,
                level_source="Convention: between air (-1000 HU) and fat (about -100 HU), "
                "nearer to fat, so that hair, cloth and foam stay out.",
                concept=Concept(scheme="SCT", code="39937001", meaning="Skin"),
                color=(0.92, 0.73, 0.62),
                opacity=0.35,
                kernel=Kernel.SOFT,
                minimum_volume_ml=SKIN_SPECK_ML,
            ),
        )
    }
)
"""Every structure that needs no network, by name."""


def structures_named(names: str | Sequence[str]) -> tuple[Structure, ...]:
    """Return the structures with these names (one, or several), each once, in order.

    Raises
    ------
    UsageError
        If a name is unknown or none is given.
    """
    chosen = [structure_named(name) for name in ([names] if isinstance(names, str) else names)]
    if not chosen:
        raise UsageError("No structure was named.", remedy=f"Choose from {', '.join(STRUCTURES)}.")
    return tuple(dict.fromkeys(chosen))


def structure_named(name: str) -> Structure:
    """Return the structure called `name`.

    Raises
    ------
    UsageError
        If there is none.
    """
    structure = STRUCTURES.get(name.lower())
    if structure is None:
        raise UsageError(
            f"There is no structure {name!r}.", remedy=f"Choose from {', '.join(STRUCTURES)}."
        )
    return structure
