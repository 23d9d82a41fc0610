"""A house of two storeys, L-shaped, as walls, openings and rooms: what the drawings mean.

Lengths are millimetres; x runs east, y north; both storeys share one origin, the
south-west corner of the house.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shapely import Point, Polygon, box, unary_union
from shapely.geometry.base import BaseGeometry

Corner = tuple[float, float]

OUTLINE: Final[tuple[Corner, ...]] = (
    (0, 0), (12600, 0), (12600, 5700), (7800, 5700), (7800, 9900), (0, 9900),
)  # fmt: skip
"""Outer faces of the outer walls."""
MM: Final = 0.001
"""Metres in a drawing unit."""
DOOR_HEIGHT: Final = 2010.0
SILL_HEIGHT: Final = 900.0
WINDOW_HEIGHT: Final = 1300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wall:
    """A straight wall along ``x`` or ``y`` between two faces.

    Parameters
    ----------
    along
        Axis it follows.
    faces
        Its two faces, as positions on the other axis.
    ends
        Where it starts and stops on its own axis.
    """

    name: str
    along: str
    faces: tuple[float, float]
    ends: tuple[float, float]
    outer: bool = False

    def part(self, start: float, stop: float) -> Polygon:
        """Return the piece of the wall from `start` to `stop` on its own axis."""
        low, high = self.faces
        return box(start, low, stop, high) if self.along == "x" else box(low, start, high, stop)

    @property
    def middle(self) -> float:
        """Position of the axis of the wall."""
        return sum(self.faces) / 2.0

    def point(self, along: float, across: float) -> Corner:
        """Return the point `along` the wall's axis, at position `across` on the other one."""
        return (along, across) if self.along == "x" else (across, along)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A door in `wall` from `start`, hung at the lower or higher end, opening up or down an axis.

    Parameters
    ----------
    hinge_low
        Whether the hinge stands at the end with the lower coordinate.
    opens
        +1 where the leaf swings towards higher coordinates across the wall, else -1.
    leaves
        1, or 2 for a double door.
    """

    wall: str
    start: float
    width: float
    hinge_low: bool = True
    opens: int = 1
    leaves: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window in `wall` from `start`."""

    wall: str
    start: float
    width: float
    sill: float = SILL_HEIGHT
    height: float = WINDOW_HEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Storey:
    """One floor of the house. `rooms` holds each name and the place where it is written."""

    name: str
    title: str
    file: str
    elevation: float
    height: float
    walls: tuple[Wall, ...]
    doors: tuple[Door, ...]
    windows: tuple[Window, ...]
    rooms: tuple[tuple[str, Corner], ...]

    def wall(self, name: str) -> Wall:
        """Return the wall called `name`."""
        return next(wall for wall in self.walls if wall.name == name)

    def opening(self, item: Door | Window) -> Polygon:
        """Return the piece of wall that a door or window takes out."""
        return self.wall(item.wall).part(item.start, item.start + item.width)

    @property
    def openings(self) -> tuple[Door | Window, ...]:
        """All doors, then all windows."""
        return (*self.doors, *self.windows)

    @property
    def gross_walls(self) -> BaseGeometry:
        """All walls, openings not taken out."""
        return unary_union([wall.part(*wall.ends) for wall in self.walls]).simplify(0)

    @property
    def net_walls(self) -> BaseGeometry:
        """All walls, openings taken out: what a cut above the sills shows."""
        openings = unary_union([self.opening(item) for item in self.openings])
        return self.gross_walls.difference(openings).simplify(0)

    def room_outlines(self) -> list[tuple[str, Corner, Polygon]]:
        """Return name, place of the name and outline (inner wall faces) of each room."""
        inside = Polygon(OUTLINE).difference(self.gross_walls)
        faces = [part.simplify(0) for part in getattr(inside, "geoms", [inside])]
        named = []
        for name, place in self.rooms:
            (outline,) = (face for face in faces if face.contains(Point(place)))
            named.append((name, place, outline))
        if len(named) != len(faces):
            raise ValueError(f"{self.name} has {len(faces)} rooms but {len(named)} names.")
        return named


def _outer_walls() -> tuple[Wall, ...]:
    def wall(name: str, along: str, faces: Corner, ends: Corner) -> Wall:
        return Wall(name=name, along=along, faces=faces, ends=ends, outer=True)

    return (
        wall("south", "x", (0, 300), (0, 12600)),
        wall("east", "y", (12300, 12600), (0, 5700)),
        wall("wing north", "x", (5400, 5700), (7500, 12600)),
        wall("court", "y", (7500, 7800), (5400, 9900)),
        wall("north", "x", (9600, 9900), (0, 7800)),
        wall("west", "y", (0, 300), (0, 9900)),
    )


def _inner(name: str, along: str, faces: Corner, ends: Corner) -> Wall:
    return Wall(name=name, along=along, faces=faces, ends=ends)


BEARING_WALLS: Final = (
    _inner("living", "y", (7500, 7650), (300, 5400)),
    _inner("spine", "x", (5400, 5550), (300, 7500)),
    _inner("dining", "y", (4185, 4300), (300, 5400)),
)
"""Inner walls that stand on both storeys."""


def _ground_floor() -> Storey:
    return Storey(
        name="Ground Floor",
        title="GROUND FLOOR 1:100",
        file="house/ground_floor.dxf",
        elevation=0.0,
        height=2800.0,
        walls=(
            *_outer_walls(),
            *BEARING_WALLS,
            _inner("kitchen", "y", (3185, 3300), (5550, 9600)),
            _inner("wc", "x", (7700, 7815), (300, 3185)),
        ),
        doors=(
            Door(wall="south", start=5000, width=1010),
            Door(wall="living", start=900, width=885, hinge_low=False),
            Door(wall="dining", start=700, width=1510, opens=-1, leaves=2),
            Door(wall="spine", start=6450, width=885, hinge_low=False),
            Door(wall="kitchen", start=6000, width=760, opens=-1),
            Door(wall="wc", start=1800, width=760, hinge_low=False),
            Door(wall="west", start=5900, width=885),
        ),
        windows=(
            Window(wall="south", start=8800, width=2100),
            Window(wall="east", start=1800, width=1800),
            Window(wall="wing north", start=9600, width=1200),
            Window(wall="south", start=1300, width=1800),
            Window(wall="west", start=2000, width=1500),
            Window(wall="south", start=6350, width=600, sill=300, height=1710),
            Window(wall="north", start=4200, width=1800, sill=1100, height=1100),
            Window(wall="court", start=7000, width=1200),
            Window(wall="north", start=1400, width=600, sill=1400, height=800),
        ),
        rooms=(
            ("Living Room", (9975, 2850)),
            ("Hall", (5600, 1700)),
            ("Dining Room", (2240, 3400)),
            ("Kitchen", (5400, 7400)),
            ("Utility", (1740, 6900)),
            ("WC", (1740, 8900)),
        ),
    )


def _upper_floor() -> Storey:
    return Storey(
        name="Upper Floor",
        title="UPPER FLOOR 1:100",
        file="house/upper_floor.dxf",
        elevation=2800.0,
        height=2800.0,
        walls=(
            *_outer_walls(),
            *BEARING_WALLS,
            _inner("bedroom 3", "y", (4400, 4515), (5550, 9600)),
            _inner("bathroom", "x", (6650, 6765), (4515, 7500)),
            _inner("ensuite", "x", (3600, 3715), (7650, 12300)),
            _inner("dressing", "y", (9900, 10015), (3715, 5400)),
        ),
        doors=(
            Door(wall="living", start=900, width=885),
            Door(wall="dining", start=900, width=885, opens=-1),
            Door(wall="spine", start=6450, width=885, hinge_low=False),
            Door(wall="bedroom 3", start=5750, width=760, opens=-1),
            Door(wall="bathroom", start=6500, width=760, hinge_low=False),
            Door(wall="ensuite", start=8700, width=760),
            Door(wall="ensuite", start=10150, width=760, hinge_low=False),
        ),
        windows=(
            Window(wall="south", start=8800, width=2100),
            Window(wall="east", start=1200, width=1500),
            Window(wall="wing north", start=8400, width=600, sill=1400, height=800),
            Window(wall="east", start=4200, width=600, sill=1400, height=800),
            Window(wall="south", start=1300, width=1800),
            Window(wall="west", start=2000, width=1500),
            Window(wall="south", start=5200, width=1200),
            Window(wall="west", start=7000, width=1500),
            Window(wall="north", start=1500, width=1500),
            Window(wall="north", start=5400, width=900, sill=1400, height=800),
        ),
        rooms=(
            ("Bedroom 1", (8900, 2500)),
            ("Landing", (5600, 1500)),
            ("Bedroom 2", (3000, 3900)),
            ("Bedroom 3", (2350, 7500)),
            ("Corridor", (5600, 6120)),
            ("Bathroom", (6000, 8000)),
            ("Ensuite", (8800, 4900)),
            ("Dressing", (11550, 4500)),
        ),
    )


STOREYS: Final = (_ground_floor(), _upper_floor())
STAIR_OUTLINE: Final[tuple[Corner, ...]] = ((4300, 2400), (6350, 2400), (6350, 5400), (4300, 5400))
"""Two flights of eight goings with a half landing between them, 16 risers of 175 mm."""


def operation(storey: Storey, door: Door) -> str:
    """Return the IFC4 operation: the side of the hinge, seen in the direction of the swing."""
    if door.leaves == 2:
        return "DOUBLE_DOOR_SINGLE_SWING"
    # looking up y, low x is on the left; looking up x, low y is on the right
    left = door.hinge_low == (door.opens > 0)
    if storey.wall(door.wall).along == "y":
        left = not left
    return f"SINGLE_SWING_{'LEFT' if left else 'RIGHT'}"


def printed_area(outline: Polygon) -> str:
    """Return the area as the drawing states it."""
    return f"{outline.area * MM * MM:.1f} m²"
