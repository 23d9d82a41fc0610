"""Colors: between sRGB and the CIELab values that DICOM recommends for display.

DICOM holds L*, a* and b* in 16 bits each (PS3.3 C.10.7.1.1): L* 0…100 as 0…65535, a* and b*
−128…127 as 0…65535. It names the ICC profile connection space, whose white is D50; those who
write segmentations (dcmqi, 3D Slicer, highdicom) take the white of sRGB, D65, and so does this,
or their colors would be seen tinged.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from shared.concept import Color

XYZ_FROM_SRGB: Final = np.array(
    [
        [0.4123908, 0.3575843, 0.1804808],
        [0.2126390, 0.7151687, 0.0721923],
        [0.0193308, 0.1191948, 0.9505322],
    ]
)
"""Linear sRGB → XYZ under D65 (IEC 61966-2-1)."""
WHITE: Final = XYZ_FROM_SRGB.sum(axis=1)
"""XYZ of white: exactly what white of sRGB gives."""

LAB_EPSILON: Final = 216.0 / 24389.0
LAB_KAPPA: Final = 24389.0 / 27.0
"""Where CIELab's cube root becomes a line, and its slope (CIE 15:2004)."""

FULL_SCALE: Final = 65535.0
COLOR_DECIMALS: Final = 3
"""Decimals of a color read back: finer than the 16-bit values tell."""


def dicom_lab_from_color(color: Color) -> tuple[int, int, int]:
    """Return the three 16-bit numbers of RecommendedDisplayCIELabValue."""
    srgb = np.asarray(color, dtype=np.float64)
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    ratio = XYZ_FROM_SRGB @ linear / WHITE
    root = np.where(ratio > LAB_EPSILON, np.cbrt(ratio), (LAB_KAPPA * ratio + 16.0) / 116.0)
    light = 116.0 * root[1] - 16.0
    a, b = 500.0 * (root[0] - root[1]), 200.0 * (root[1] - root[2])
    scaled = np.array([light / 100.0, (a + 128.0) / 255.0, (b + 128.0) / 255.0])
    first, second, third = np.rint(np.clip(scaled, 0.0, 1.0) * FULL_SCALE).astype(int).tolist()
    return first, second, third


def color_from_dicom_lab(numbers: Sequence[float]) -> Color:
    """Return the sRGB color of RecommendedDisplayCIELabValue; what no screen shows is clipped."""
    scaled = np.asarray(numbers, dtype=np.float64) / FULL_SCALE
    light, a, b = scaled[0] * 100.0, scaled[1] * 255.0 - 128.0, scaled[2] * 255.0 - 128.0
    middle = (light + 16.0) / 116.0
    root = np.array([middle + a / 500.0, middle, middle - b / 200.0])
    ratio = np.where(root**3 > LAB_EPSILON, root**3, (116.0 * root - 16.0) / LAB_KAPPA)
    linear = np.clip(np.linalg.solve(XYZ_FROM_SRGB, ratio * WHITE), 0.0, 1.0)
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = np.clip(np.round(srgb, COLOR_DECIMALS), 0.0, 1.0).tolist()
    return red, green, blue
