"""Slabs: a floor under every storey, with holes for stairs, and a flat roof if asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from shapely.geometry import MultiPolygon, Polygon

from architecture.building.elements import Slab, SlabKind
from shared.solids import snap
from shared.solids.planar import union

SLAB_THICKNESS_M: Final = 0.2
"""Thickness of floors where nothing says: usual for reinforced concrete in housing."""

LEAST_TERRACE_M2: Final = 0.5
"""Smaller remainders of a storey under a smaller one are differences of drawing."""

LEAST_TERRACE_WIDTH_M: Final = 0.3
"""Narrower remainders are differences of drawing too."""


def floor_slabs(
    outline: MultiPolygon, *, thickness_m: float, lowest: bool, holes: Sequence[Polygon] = ()
) -> tuple[Slab, ...]:
    """Return the floor of one storey, one slab a connected part of its outline."""
    carried = snap(outline.difference(union(list(holes)))) if holes else outline
    kind = SlabKind.BASESLAB if lowest else SlabKind.FLOOR
    return _slabs("floor", kind, carried, top_m=0.0, thickness_m=thickness_m)


def roof_slabs(
    outline: MultiPolygon,
    above: MultiPolygon | None,
    *,
    height_m: float,
    thickness_m: float,
) -> tuple[Slab, ...]:
    """Return flat roofs over the parts of a storey that no storey above covers.

    Parameters
    ----------
    outline
        Of the storey.
    above
        Outline of the storey above, or None at the top.
    height_m
        From the storey's floor to the top of the roof.
    """
    bare = outline if above is None else outline.difference(above)
    if above is not None:
        opened = bare.buffer(-LEAST_TERRACE_WIDTH_M / 2, join_style="mitre")
        wide = opened.buffer(LEAST_TERRACE_WIDTH_M / 2 + 1e-6, join_style="mitre")
        bare = bare.intersection(wide)
    parts = [p for p in snap(bare).geoms if above is None or p.area >= LEAST_TERRACE_M2]
    return _slabs(
        "roof", SlabKind.ROOF, MultiPolygon(parts), top_m=height_m, thickness_m=thickness_m
    )


def _slabs(
    name: str, kind: SlabKind, region: MultiPolygon, *, top_m: float, thickness_m: float
) -> tuple[Slab, ...]:
    return tuple(
        Slab(id=f"{name}_{number}", kind=kind, footprint=part, top_m=top_m, thickness_m=thickness_m)
        for number, part in enumerate(region.geoms)
    )
