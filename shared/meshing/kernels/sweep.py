"""Rounds of edge collapses: the cheapest first, two halves of space at a time."""

from __future__ import annotations

import numpy as np

from shared.kernels import inlined, kernel
from shared.meshing.kernels import Index
from shared.meshing.kernels.collapse import (
    NONE,
    Scratch,
    Surface,
    borrow_scratch,
    borrow_surface,
    gather_ring,
    keeps_shape,
    keeps_topology,
    merge,
)
from shared.meshing.kernels.overlay import FACE, NEW_BOUND, load_patch, order_rim, overlay
from shared.meshing.kernels.quadrics import best_merge, trace

MIXED = 2
"""Bit of a zone: a neighbor is in the other half, so nobody may change this vertex."""
REACH = 2.0
"""How much farther than the root mean square distance from its planes a patch may move.

Planes are infinite, so to them the tip of a needle seems near when it is gone. The
distance that a patch really moves counts as cost too, divided by this."""
REFUSED = np.inf
"""Cost of a merge that may not be made."""


@inlined
def find_partner(surface: Surface, v: Index, scratch: Scratch) -> None:
    """Set cost and partner of v: the cheapest merge with a neighbor of larger number."""
    best, partner = np.inf, np.int64(NONE)
    if not surface.fixed[v]:
        corner = np.int64(surface.heads[v])
        while corner != NONE:
            f, k = corner >> 2, corner & 3
            w = np.int64(surface.faces[f, 1 if k == 0 else (2 if k == 1 else 0)])
            if w > v and not surface.fixed[w]:
                cost = best_merge(
                    surface.positions, surface.quadrics, v, w, surface.origin, scratch.place
                )
                if cost < best:
                    best, partner = cost, w
            corner = np.int64(surface.following[corner])
    surface.costs[v] = best
    surface.partners[v] = partner


@kernel
def find_partners(surface: Surface, scratch: Scratch, first: int, end: int) -> None:
    """Set cost and partner of vertices ``first … end``."""
    surface, scratch = borrow_surface(surface), borrow_scratch(scratch)
    for v in range(first, end):
        find_partner(surface, np.int64(v), scratch)


@inlined
def refresh_around(surface: Surface, u: Index, gone: Index, scratch: Scratch) -> None:
    """Bring costs and partners up to date after `gone` was merged into u."""
    find_partner(surface, u, scratch)
    corner = np.int64(surface.heads[u])
    while corner != NONE:
        f, k = corner >> 2, corner & 3
        w = np.int64(surface.faces[f, 1 if k == 0 else (2 if k == 1 else 0)])
        partner = surface.partners[w]
        if partner in (u, gone):
            find_partner(surface, w, scratch)
        elif w < u and not surface.fixed[w]:
            cost = best_merge(
                surface.positions, surface.quadrics, w, u, surface.origin, scratch.place
            )
            if cost < surface.costs[w]:
                surface.costs[w] = cost
                surface.partners[w] = u
        corner = np.int64(surface.following[corner])


@inlined
def try_merge(
    surface: Surface,
    u: Index,
    v: Index,
    scratch: Scratch,
    count_u: int,
    ceiling: float,
    limit: float,
) -> float:
    """Merge v into u, whose ring is gathered, if that is sound.

    Returns 0 if it was merged, else the cost at which it may be tried again: more than
    `ceiling`, or infinite.
    """
    count_v = gather_ring(surface, v, scratch.ring_v)
    if count_v == NONE or not keeps_topology(scratch, count_u, count_v):
        return REFUSED
    best_merge(surface.positions, surface.quadrics, u, v, surface.origin, scratch.place)
    if not keeps_shape(surface, u, v, scratch.ring_u, count_u, scratch):
        return REFUSED
    if not keeps_shape(surface, v, u, scratch.ring_v, count_v, scratch):
        return REFUSED
    length = order_rim(scratch.names, u, v, scratch.ring_u, count_u, scratch.ring_v, count_v)
    if length == 0:
        return REFUSED
    load_patch(
        scratch.patch, scratch.names, length, surface.positions, surface.bounds, u, v, scratch.place
    )
    distance = overlay(scratch.patch, length, count_u - 2)
    weight = trace(surface.quadrics, u) + trace(surface.quadrics, v)
    cost = weight * (distance / REACH) ** 2
    if cost > ceiling:
        return cost
    for n in range(length):
        if scratch.patch[NEW_BOUND, n] > limit:
            return REFUSED
    for n in range(length):
        surface.bounds[scratch.names[FACE, n]] = scratch.patch[NEW_BOUND, n]
    merge(surface, u, v, scratch, count_v)
    return 0.0


@inlined
def _next_partner(surface: Surface, u: Index, scratch: Scratch, count_u: int, tried: int) -> Index:
    """Set cost and partner of u to the cheapest merge not yet refused, and return the partner."""
    best, partner = np.inf, np.int64(NONE)
    for i in range(count_u):
        w = np.int64(scratch.ring_u[i, 1])
        allowed = w > u and not surface.fixed[w]
        for n in range(tried):
            allowed = allowed and scratch.tried[n] != w
        if allowed:
            cost = best_merge(
                surface.positions, surface.quadrics, u, w, surface.origin, scratch.place
            )
            if cost < best:
                best, partner = cost, w
    surface.costs[u] = best
    surface.partners[u] = partner
    return partner


@inlined
def collapse_at(surface: Surface, u: Index, ceiling: float, limit: float, scratch: Scratch) -> bool:
    """Merge u with its cheapest allowed partner below `ceiling`; return whether one was found.

    Where none is allowed, u gets the cost at which one may be, infinite until something
    around it changes. Partners outside the zone of u wait for another cut.
    """
    count_u = gather_ring(surface, u, scratch.ring_u)
    partner = np.int64(surface.partners[u]) if count_u != NONE else np.int64(NONE)
    later, later_partner = REFUSED, np.int64(NONE)
    tried = 0
    while partner != NONE and surface.costs[u] <= ceiling:
        if surface.zones[partner] != surface.zones[u]:
            return False
        cost = try_merge(surface, u, partner, scratch, count_u, ceiling, limit)
        if cost == 0.0:
            refresh_around(surface, u, partner, scratch)
            return True
        if cost < later:
            later, later_partner = cost, partner
        scratch.tried[tried] = partner
        tried += 1
        partner = _next_partner(surface, u, scratch, count_u, tried)
    if partner == NONE or later < surface.costs[u]:
        surface.costs[u] = later
        surface.partners[u] = later_partner
    return False


@kernel
def cut_zones(surface: Surface, axis: int, height: float) -> None:
    """Give vertices below `height` the zone 0, above it 1; `MIXED` where a face joins both."""
    for v in range(surface.zones.shape[0]):
        surface.zones[v] = 1 if surface.positions[v, axis] > height else 0
    for f in range(surface.faces.shape[0]):
        a, b, c = surface.faces[f, 0], surface.faces[f, 1], surface.faces[f, 2]
        if a == NONE:
            continue
        upper = (surface.zones[a] & 1) + (surface.zones[b] & 1) + (surface.zones[c] & 1)
        if upper == 1 or upper == 2:
            surface.zones[a] |= MIXED
            surface.zones[b] |= MIXED
            surface.zones[c] |= MIXED


@kernel
def sweep(
    surface: Surface, zone: int, ceiling: float, limit: float, budget: int, scratch: Scratch
) -> int:
    """Merge the vertices of `zone` whose cost is within `ceiling`; return how many merged.

    Two sweeps of different zones may run at the same time: a face that joins zones has
    no vertex that either may change, and no list is written that the other reads.
    """
    surface, scratch = borrow_surface(surface), borrow_scratch(scratch)
    merged = 0
    for v in range(surface.costs.shape[0]):
        if surface.costs[v] <= ceiling and surface.zones[v] == zone:
            merged += int(collapse_at(surface, np.int64(v), ceiling, limit, scratch))
            if merged >= budget:
                break
    return merged
