"""A threshold in exact fractions, number by number."""

from __future__ import annotations

from fractions import Fraction

import numpy as np


def threshold_by_fractions(values, lowest, highest):
    """Return bool: is each number, as a fraction, within the bounds?"""

    def inside(number):
        if not np.isfinite(number):
            return not np.isnan(number) and lowest <= float(number) <= highest
        exact = Fraction(number.item())
        above = lowest == -np.inf or (lowest < np.inf and exact >= Fraction(lowest))
        return above and (highest == np.inf or (highest > -np.inf and exact <= Fraction(highest)))

    flat = [inside(number) for number in np.asarray(values).reshape(-1)]
    return np.array(flat, bool).reshape(np.shape(values))
