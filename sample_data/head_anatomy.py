"""The shapes of the head phantom, each from ellipsoids, boxes and capsules.

Lengths are millimetres in LPS: +x is the patient's left, +y the back, +z the crown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sample_data.implicit_solids import (
    Blend,
    BothSides,
    Box,
    Capsule,
    Cylinder,
    Ellipsoid,
    Solid,
    Union,
    chain,
    rotation_about,
)

CRANIUM_CENTER: Final = (0.0, 8.0, 0.0)
CRANIUM_TILT: Final = rotation_about("x", -12.0)
"""The long axis of the braincase sinks towards the back."""
SCALP_RADII: Final = (74.0, 91.0, 69.0)
SKULL_RADII: Final = (67.0, 84.0, 62.0)
BRAINCASE_RADII: Final = (61.0, 78.0, 56.0)
FORAMEN_MAGNUM: Final = Cylinder((0.0, 28.0, -80.0), (0.0, 26.0, -46.0), 15.0)
SPINE_TOP_MM: Final = -74.0
SPINE_BOTTOM_MM: Final = -180.0
VERTEBRA_PITCH_MM: Final = 18.0


def braincase() -> Ellipsoid:
    """Return the room of the brain."""
    return Ellipsoid(CRANIUM_CENTER, BRAINCASE_RADII, CRANIUM_TILT)


def skull() -> Solid:
    """Return braincase shell and face with eye sockets, fissures and foramen magnum."""
    vault = Ellipsoid(CRANIUM_CENTER, SKULL_RADII, CRANIUM_TILT)
    orbit = Ellipsoid((29.0, -66.0, -25.0), (17.0, 28.0, 15.0), rotation_about("z", 18.0))
    fissure = Capsule((22.0, -50.0, -23.0), (17.0, -28.0, -22.0), 4.5)
    holes = Union((braincase(), BothSides(Union((orbit, fissure))), FORAMEN_MAGNUM))
    return Union((vault, _midface(), BothSides(_side_of_face()))) - holes


def _midface() -> Solid:
    return Blend(
        (
            Box((0.0, -56.0, -52.0), (24.0, 19.0, 20.0), rounding=8.0),
            Box((0.0, -56.0, -30.0), (11.0, 20.0, 16.0), rounding=5.0),
            Capsule((0.0, -72.0, -10.0), (0.0, -81.5, -30.0), 4.5),
            BothSides(chain([(21, -40, -75), (18, -60, -76), (8, -71, -76), (0, -73, -76)], 6.0)),
        ),
        6.0,
    )


def _side_of_face() -> Solid:
    rims = Blend(
        (
            chain([(4, -72, -6), (28, -64, -5), (45, -48, -8)], 5.5),
            Capsule((45.0, -48.0, -8.0), (46.0, -55.0, -42.0), 5.0),
            chain([(42, -57, -45), (24, -68, -45), (10, -73, -40)], 5.5),
            Ellipsoid((40.0, -56.0, -49.0), (12.0, 11.0, 9.0)),
            Ellipsoid((26.0, -56.0, -56.0), (13.0, 14.0, 14.0)),
        ),
        5.0,
    )
    arch = chain([(44, -52, -47), (55, -34, -45), (56, -10, -43), (50, 8, -36)], 4.5)
    mastoid = Ellipsoid((44.0, 26.0, -50.0), (9.0, 13.0, 15.0))
    condyle = Ellipsoid((19.0, 16.0, -58.0), (7.0, 10.0, 9.0))
    pterygoid = Capsule((17.0, -32.0, -46.0), (18.0, -42.0, -74.0), 4.5)
    return Union((rims, arch, mastoid, condyle, pterygoid))


def mandible() -> Solid:
    """Return the lower jaw; its heads reach into the base of the skull."""
    ramus = Blend(
        (
            Capsule((49.0, 2.0, -46.0), (45.0, -6.0, -92.0), 5.5),
            Capsule((47.0, -26.0, -60.0), (45.0, -22.0, -92.0), 4.5),
            Capsule((47.0, -11.0, -68.0), (45.0, -14.0, -90.0), 4.5),
        ),
        8.0,
    )
    body = chain([(45, -8, -95), (28, -52, -105), (11, -70, -108), (0, -71, -108)], 6.5)
    teeth = chain([(38, -28, -95), (22, -57, -95), (8, -69, -95), (0, -71, -95)], 5.0)
    return BothSides(Blend((ramus, body, teeth), 6.0))


def spine() -> Solid:
    """Return the upper neck vertebrae, joined by their arches, apart from the skull."""
    vertebrae: list[Solid] = []
    for number in range(6):
        z = SPINE_TOP_MM - 7.0 - VERTEBRA_PITCH_MM * number
        sides = Union(
            (
                Capsule((5.0, 19.0, z), (13.0, 27.0, z), 4.5),
                Capsule((12.0, 24.0, z), (23.0, 22.0, z - 2.0), 4.5),
            )
        )
        vertebrae += [
            Cylinder((0.0, 12.0, z + 6.5), (0.0, 12.0, z - 6.5), 10.0),
            Capsule((0.0, 42.0, z), (0.0, 56.0, z - 8.0), 4.5),
            BothSides(sides),
        ]
    arch = Cylinder((0.0, 29.0, SPINE_TOP_MM), (0.0, 29.0, SPINE_BOTTOM_MM), 15.5)
    canal = Cylinder((0.0, 29.0, SPINE_TOP_MM + 9), (0.0, 29.0, SPINE_BOTTOM_MM - 9), 9.5)
    front = Box((0.0, 10.0, -130.0), (30.0, 12.0, 80.0))
    return Union(((arch - front), *vertebrae)) - canal


def cord() -> Solid:
    """Return brain stem and spinal cord."""
    return Capsule((0.0, 27.0, -40.0), (0.0, 31.0, -220.0), 7.0)


def airway() -> Solid:
    """Return the way of the air from the nostrils through the throat into the windpipe."""
    nostril = Capsule((7.0, -95.0, -66.0), (6.0, -84.0, -54.0), 3.5)
    cavity = Ellipsoid((0.0, -66.0, -52.0), (8.5, 26.0, 13.0))
    throat = chain([(0, -46, -56), (0, -24, -68), (0, -14, -84)], 7.0)
    windpipe = Capsule((0.0, -14.0, -84.0), (0.0, -10.0, -220.0), 8.5)
    return Union((BothSides(nostril), cavity, throat, windpipe))


def soft_tissue(with_jaw: Callable[[Solid], Solid]) -> Solid:
    """Return the body under the skin; `with_jaw` carries the soft parts of the jaw along."""
    scalp = Ellipsoid(CRANIUM_CENTER, SCALP_RADII, CRANIUM_TILT)
    midface = Ellipsoid((0.0, -26.0, -40.0), (67.0, 58.0, 50.0))
    jaw = Blend(
        (
            Ellipsoid((0.0, -36.0, -88.0), (54.0, 49.0, 35.0)),
            Ellipsoid((0.0, -70.0, -105.0), (28.0, 18.0, 16.0)),
            BothSides(Ellipsoid((43.0, -12.0, -86.0), (18.0, 26.0, 22.0))),
            BothSides(Ellipsoid((27.0, -46.0, -102.0), (18.0, 20.0, 17.0))),
        ),
        12.0,
    )
    cheeks = BothSides(Ellipsoid((30.0, -60.0, -58.0), (24.0, 22.0, 22.0)))
    nape = BothSides(Ellipsoid((44.0, 30.0, -54.0), (17.0, 26.0, 26.0)))
    neck = Capsule((0.0, 16.0, -60.0), (3.0, 26.0, -220.0), 53.0)
    body = Blend((scalp, midface, cheeks, with_jaw(jaw), neck, nape), 16.0)
    sockets = BothSides(Ellipsoid((33.0, -97.0, -25.0), (16.0, 14.0, 12.0)))
    features = Blend((body - sockets, _brow(), _nose(), *_lips(with_jaw), _eyelids()), 6.0)
    return Blend((features, BothSides(_ear())), 4.0)


def _brow() -> Solid:
    return BothSides(Capsule((6.0, -80.0, -9.0), (38.0, -71.0, -8.0), 6.0))


def _nose() -> Solid:
    ridge = Capsule((0.0, -82.0, -16.0), (0.0, -98.0, -50.0), 8.0)
    tip = Ellipsoid((0.0, -101.0, -53.0), (9.0, 9.0, 8.0))
    wings = BothSides(Ellipsoid((9.0, -93.0, -55.0), (8.0, 9.0, 7.0)))
    return Blend((ridge, tip, wings), 8.0)


def _lips(with_jaw: Callable[[Solid], Solid]) -> tuple[Solid, Solid]:
    upper = chain([(0, -87, -75), (12, -84, -76), (20, -79, -78)], 4.5)
    lower = chain([(0, -87, -85), (11, -84, -84), (18, -80, -82)], 5.0)
    return BothSides(upper), with_jaw(BothSides(lower))


def _eyelids() -> Solid:
    return BothSides(Ellipsoid((31.0, -71.0, -25.0), (13.0, 13.0, 12.0)))


def _ear() -> Solid:
    flap = Ellipsoid((77.0, 18.0, -26.0), (5.0, 17.0, 28.0), rotation_about("z", -22.0))
    hollow = Ellipsoid((81.0, 10.0, -28.0), (6.0, 9.0, 13.0), rotation_about("z", -22.0))
    return flap - hollow
