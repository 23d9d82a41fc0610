"""Rooms, columns and leaks."""

from __future__ import annotations

import pytest
from shapely.geometry import MultiPolygon, Point, box

from architecture.understanding.columns import is_compact, part_columns, part_strays
from architecture.understanding.gaps import find_gaps
from architecture.understanding.labels import SURE_LABEL, RoomLabel
from architecture.understanding.leaks import least_bridges
from architecture.understanding.spaces import enclosed_faces, named_rooms

RING = box(0, 0, 6, 5).difference(box(0.3, 0.3, 5.7, 4.7))
INSIDE = [(3.0, 2.5)]


def test_a_face_is_net_of_walls_and_columns() -> None:
    (face,) = enclosed_faces(MultiPolygon([RING]), [box(2, 2, 2.3, 2.3)])
    assert face.area == pytest.approx(5.4 * 4.4 - 0.09)
    assert len(face.interiors) == 1


def test_slivers_and_ducts_are_no_rooms() -> None:
    divided = RING.union(box(5.3, 0, 5.4, 5))
    (face,) = enclosed_faces(MultiPolygon([divided]))
    assert face.area == pytest.approx(5.0 * 4.4)


def test_rooms_take_name_number_and_area_from_their_label() -> None:
    label = RoomLabel(position=(3, 2), name="Hall", number="12", area_m2=23.8, score=1.0)
    faces = [box(0, 0, 6, 4), box(7, 0, 9, 2)]
    rooms, shafts = named_rooms(faces, [label], [box(6.99, 1, 7.0, 2)])
    assert [room.name for room in rooms] == ["Hall", ""]
    assert (rooms[0].number, rooms[0].printed_area_m2) == ("12", 23.8)
    assert shafts == []


def test_an_open_plan_keeps_every_name_and_number_and_the_sum_of_the_areas() -> None:
    labels = [
        RoomLabel(position=(1, 2), name="Hall", number="0.1", area_m2=10.5, score=1.0),
        RoomLabel(position=(5, 2), name="Kitchen", number="0.2", area_m2=13.5, score=1.0),
    ]
    (room,), _ = named_rooms([box(0, 0, 6, 4)], labels, [])
    assert (room.names, room.numbers) == (("Hall", "Kitchen"), ("0.1", "0.2"))
    assert (room.number, room.printed_area_m2) == ("0.1 / 0.2", 24.0)


def test_a_number_given_by_a_layer_names_its_room() -> None:
    label = RoomLabel(position=(3, 2), number="E14-274", score=SURE_LABEL)
    (room,), _ = named_rooms([box(0, 0, 6, 4)], [label], [])
    assert room.number == "E14-274"


def test_a_nameless_face_without_a_door_is_a_shaft() -> None:
    label = RoomLabel(position=(3, 2), name="Hall", score=1.0)
    rooms, shafts = named_rooms([box(0, 0, 6, 4), box(7, 0, 9, 2)], [label], [])
    assert (len(rooms), len(shafts)) == (1, 1)


def test_a_room_that_leaks_is_closed_wherever_it_is_open() -> None:
    open_ring = RING.difference(box(2, -1, 2.1, 1)).difference(box(-1, 1, 1, 3))
    walls = MultiPolygon(list(open_ring.geoms))
    bridges = least_bridges(walls, find_gaps(walls), INSIDE)
    assert {round(bridge.width_m, 1) for bridge in bridges} == {0.1, 2.0}
    assert any(bridge.area.distance(Point(2.05, 0.15)) < 0.01 for bridge in bridges)


def test_a_room_is_closed_at_the_narrower_of_two_places_in_a_row() -> None:
    porch = box(1.5, -2, 1.7, 0).union(box(4.3, -2, 4.5, 0))
    walls = MultiPolygon([RING.difference(box(2.5, -1, 3.5, 1)).union(porch)])
    (bridge,) = least_bridges(walls, find_gaps(walls), INSIDE)
    assert bridge.width_m == pytest.approx(1.0)


def test_a_closed_room_needs_no_bridge() -> None:
    assert least_bridges(MultiPolygon([RING]), [], INSIDE) == []


def test_compact_pieces_that_stand_alone_are_columns() -> None:
    assert is_compact(box(0, 0, 0.3, 0.4))
    assert is_compact(Point(0, 0).buffer(0.2))
    assert not is_compact(box(0, 0, 0.2, 2))
    walls, columns = part_columns(MultiPolygon([RING, box(2, 2, 2.3, 2.3)]))
    assert (len(walls.geoms), len(columns)) == (1, 1)


def test_a_detail_beside_the_plan_is_no_wall_of_it() -> None:
    pieces = MultiPolygon([RING, box(12, 0, 13, 0.05), box(2, 2, 4, 2.1)])
    kept, strays = part_strays(pieces)
    assert (len(kept.geoms), len(strays)) == (2, 1)
