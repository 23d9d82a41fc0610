"""Convolution kernels: how sharp a CT reconstruction is, by what its maker calls it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final


class Sharpness(StrEnum):
    """Whether a kernel keeps edges (and noise), or smooths them."""

    SHARP = "sharp"
    SOFT = "soft"
    UNKNOWN = "unknown"


SHARP_WORDS: Final = ("BONE", "EDGE", "LUNG", "SHARP", "ULTRA", "CORNEA", "HIRES", "HIGH RES")
SOFT_WORDS: Final = ("STANDARD", "STND", "SOFT", "SMOOTH", "BRAIN", "DETAIL", "NEURO", "ABDOMEN")

SHARP_FROM_NUMBER: Final = 55
"""Siemens numbers kernels by sharpness (B10 to B90, H.., Br.., Hr.., Ur..): 60 and up are
bone and lung kernels, 50 and below soft tissue."""

SHARP_FC: Final = (range(30, 40), range(50, 60), range(80, 100))
"""Canon (Toshiba) FC kernels: 30s bone, 50s lung, 80s high resolution."""

SHARP_LETTERS: Final = frozenset({"C", "D", "E", "L", "YB", "YC", "YD", "YE", "EC", "ED", "HRB"})
SOFT_LETTERS: Final = frozenset({"A", "B", "UA", "UB", "UC", "YA", "EB", "SA", "SB"})
"""Philips letters: A and B smooth to standard, C to E and L sharp."""


def sharpness_of(kernel: str) -> Sharpness:
    """Return how sharp the kernel called `kernel` is, as far as its name tells."""
    name = kernel.split("\\")[0].strip().upper()
    if any(word in name for word in SHARP_WORDS):
        return Sharpness.SHARP
    if any(word in name for word in SOFT_WORDS):
        return Sharpness.SOFT
    canon = re.fullmatch(r"FC(\d+)\w*", name)
    if canon:
        is_sharp = any(int(canon[1]) in span for span in SHARP_FC)
        return Sharpness.SHARP if is_sharp else Sharpness.SOFT
    siemens = re.fullmatch(r"[A-Z]{1,2}(\d{2})[A-Z]{0,2}(?:[ _/].*)?", name)
    if siemens:
        is_sharp = int(siemens[1]) >= SHARP_FROM_NUMBER
        return Sharpness.SHARP if is_sharp else Sharpness.SOFT
    if name in SHARP_LETTERS:
        return Sharpness.SHARP
    return Sharpness.SOFT if name in SOFT_LETTERS else Sharpness.UNKNOWN
