from __future__ import annotations

import numpy as np
import pytest
from shapely.affinity import rotate
from shapely.geometry import box

from shared.errors import FrameMismatchError, InvalidValueError
from shared.frame import PATIENT_LPS_MM
from shared.mesh import Mesh
from shared.solids import extrude, intersect, subtract, unite
from tests.fixtures.solids import is_closed_manifold, volume_of

ONE = extrude(box(0, 0, 2, 2), 0.0, 2.0)
OTHER = extrude(rotate(box(1, 1, 3, 3), 20), 0.5, 1.5)


def test_union_and_intersection_share_what_both_have():
    union, common = unite([ONE, OTHER]), intersect([ONE, OTHER])
    assert is_closed_manifold(union)
    assert is_closed_manifold(common)
    total = volume_of(ONE) + volume_of(OTHER)
    assert volume_of(union) + volume_of(common) == pytest.approx(total, rel=1e-6)


def test_difference_and_intersection_make_the_whole():
    rest, common = subtract(ONE, [OTHER]), intersect([ONE, OTHER])
    assert is_closed_manifold(rest)
    assert volume_of(rest) + volume_of(common) == pytest.approx(volume_of(ONE), rel=1e-6)


def test_walls_that_share_a_face_become_one_without_it():
    joined = unite([extrude(box(0, 0, 1, 1), 0, 1), extrude(box(1, 0, 2, 1), 0, 1)])
    assert is_closed_manifold(joined)
    assert volume_of(joined) == pytest.approx(2.0)
    inside = np.abs(joined.vertices[:, 0] - 1.0) < 0.1
    assert not inside.any() or len(joined.faces) < 24


def test_an_open_mesh_is_refused():
    open_box = Mesh(vertices=ONE.vertices, faces=ONE.faces[:-1], frame=ONE.frame)
    with pytest.raises(InvalidValueError, match="closed"):
        unite([ONE, open_box])


def test_meshes_of_two_worlds_are_not_combined():
    with pytest.raises(FrameMismatchError):
        unite([ONE, Mesh(vertices=ONE.vertices, faces=ONE.faces, frame=PATIENT_LPS_MM)])


def test_nothing_cannot_be_combined():
    with pytest.raises(InvalidValueError, match="no mesh"):
        unite([])
