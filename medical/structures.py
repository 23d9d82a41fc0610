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
    LUNGS = "lungs"
    """The large, frothy air in the chest below the level, left and right apart."""
    AIRWAYS = "airways"
    """The tree of air below the level that the windpipe leads into."""
    TISSUE_RANGE = "tissue-range"
    """Tissue of the body between the level and the upper one."""
    METAL = "metal"
    """Everything at or above the level around what no tissue reaches."""


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
    upper_hu
        Hounsfield units on its inner surface, where it lies between two.
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
    upper_hu: float | None = None
    level_source: str
    concept: Concept
    color: Color
    opacity: float = 1.0
    kernel: Kernel
    minimum_volume_ml: float

    def __post_init__(self) -> None:
        if not self.level_source:
            raise InvalidValueError(f"The level of {self.name} needs a source.")
        if self.upper_hu is not None and not self.level_hu < self.upper_hu:
            raise InvalidValueError(f"The range of {self.name} is empty.")

    def label(self, value: int) -> Label:
        """Return the label of this structure with the given value."""
        return Label(value=value, name=self.name, concept=self.concept, color=self.color)


BONE_SPECK_ML: Final = 0.1
"""Below a tenth of a millilitre, a cube of 4.6 mm, a piece of bone is noise or partial
volume; the smallest fragments that surgeons fix are several times larger."""
TISSUE_SPECK_ML: Final = 0.5
"""Below half a millilitre, a cube of 8 mm, a piece of fat or muscle is the blurred border of
something else."""
METAL_SPECK_ML: Final = 0.001
"""Below a cubic millimetre metal is a spark of noise: a surgical clip has about 5."""
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
            Structure(
                name="lungs",
                method=Method.LUNGS,
                level_hu=-400.0,
                level_source="Midway between lung (about -850 HU) and the wall of the chest (0 to "
                "50 HU): there the blurred border stands.",
                concept=Concept(scheme="SCT", code="39607008", meaning="Lung"),
                color=(0.84, 0.60, 0.58),
                opacity=0.4,
                kernel=Kernel.SOFT,
                minimum_volume_ml=0.0,
            ),
            Structure(
                name="airways",
                method=Method.AIRWAYS,
                level_hu=-500.0,
                level_source="Midway between air (-1000 HU) and the wall of a bronchus (0 HU): "
                "there the blurred border stands.",
                concept=Concept(scheme="SCT", code="110726009", meaning="Trachea and bronchus"),
                color=(0.71, 0.89, 1.0),
                kernel=Kernel.SOFT,
                minimum_volume_ml=0.0,
            ),
            Structure(
                name="fat",
                method=Method.TISSUE_RANGE,
                level_hu=-190.0,
                upper_hu=-30.0,
                level_source="Range in use for body composition (Mitsiopoulos et al., J Appl "
                "Physiol 85, 1998: adipose tissue -190 to -30 HU).",
                concept=Concept(scheme="SCT", code="55603005", meaning="Fat"),
                color=(0.90, 0.86, 0.27),
                kernel=Kernel.SOFT,
                minimum_volume_ml=TISSUE_SPECK_ML,
            ),
            Structure(
                name="muscle",
                method=Method.TISSUE_RANGE,
                level_hu=-29.0,
                upper_hu=150.0,
                level_source="Range in use for body composition (Mitsiopoulos et al., J Appl "
                "Physiol 85, 1998: skeletal muscle -29 to 150 HU). Organs and unenhanced blood "
                "have the same values and are in it.",
                concept=Concept(scheme="SCT", code="91727004", meaning="Muscle"),
                color=(0.75, 0.25, 0.20),
                kernel=Kernel.SOFT,
                minimum_volume_ml=TISSUE_SPECK_ML,
            ),
            Structure(
                name="metal",
                method=Method.METAL,
                level_hu=2000.0,
                level_source="Convention: about midway between tissue and the 3000 HU and more "
                "that only metal reaches; enamel and the densest bone that touch no such value "
                "stay out.",
                concept=Concept(scheme="SCT", code="40388003", meaning="Implant"),
                color=(0.55, 0.60, 0.66),
                kernel=Kernel.SHARP,
                minimum_volume_ml=METAL_SPECK_ML,
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
