"""An ear pressed against a head holder stays with the head; the holder goes all the same."""

from __future__ import annotations

import numpy as np
import pytest

from medical.segmenters.body import APPARATUS, BODY_LEVEL_HU, NEAR, TISSUE, find_body
from medical.segmenters.ears import ears_before
from shared.affine import Affine
from shared.volume import Quantity, Volume
from tests.fixtures import phantoms

EAR_X_MM = 74.0
"""Only the ears of the phantom reach farther out."""


def zones_of(phantom: phantoms.Phantom) -> np.ndarray:
    values, matrix, _ = phantom
    volume = Volume(values=values, affine=Affine(matrix), quantity=Quantity.HU)
    return find_body(volume).zones_of_voxels()


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_ears_on_a_holder_are_the_bodys(side: float) -> None:
    values, matrix, _ = phantoms.head_with_ears_on_holder()
    places = np.stack(np.meshgrid(*map(np.arange, values.shape), indexing="ij"), axis=-1)
    x = Affine(matrix).apply(places)[..., 0]
    alone = phantoms.plain_head().values >= BODY_LEVEL_HU
    ear = alone & (x * side > EAR_X_MM)
    assert ear.sum() * 0.0141 > 3.0  # millilitres
    zones = zones_of(phantoms.head_with_ears_on_holder())
    assert np.isin(zones[ear], (TISSUE, NEAR)).mean() > 0.75


def test_the_holder_goes_all_the_same() -> None:
    values = phantoms.head_with_ears_on_holder().values
    alone = phantoms.plain_head().values >= BODY_LEVEL_HU
    holder = (values >= 0) & ~alone
    zones = zones_of(phantoms.head_with_ears_on_holder())
    assert (zones[holder] == APPARATUS).mean() > 0.9


def test_a_sheet_that_lies_on_the_body_before_a_plate_is_no_ear() -> None:
    shape, spacing = (60, 60, 60), (2.0, 2.0, 2.0)
    body, plates = np.zeros(shape, bool), np.zeros(shape, bool)
    body[:, :20] = True
    plates[:, 30:32] = True  # a plate
    plates[20:40, 20:22, 20:40] = True  # a sheet on the body
    assert not ears_before(plates, body, spacing).any()
