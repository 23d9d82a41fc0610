"""Phases: images that repeat their positions are told apart, or refused.

Time points, echoes, b-values, cardiac phases, magnitude and phase images share one
series and one grid. The header tag that separates them without remainder is found by
trial, in a fixed order; copies of one image are dropped; what nothing separates is
never stacked.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from medical.dicom.headers import ImageHeader
from shared.finding import Finding, note, warning

SAME_POSITION_MM: Final = 0.01
"""Images closer than this along the normal stand at one position."""

PHASE_TAGS: Final = (
    "stack",
    "image_type",
    "complex_component",
    "echo",
    "echo_time",
    "b_value",
    "siemens_b_value",
    "philips_b_value",
    "ge_b_value",
    "gradient",
    "temporal_position",
    "kernel",
    "description",
    "acquisition",
    "trigger_time",
    "frame_reference_time",
    "acquisition_time",
    *(f"dimension_{k}" for k in range(6)),
)
"""What may tell repeated positions apart, the most certain first."""

WORDS_OF_PEOPLE: Final = frozenset({"description"})
"""Tags whose text may name a person: told as a number."""

SPARE_PHASES: Final = 2
"""A tag may give this many more phases than positions repeat; one that gives many more
numbers the slices, not the phases."""

FEWEST_INTERLEAVED: Final = 3
MOST_INTERLEAVED: Final = 4
"""Stacks that lie within each other: slices of each, and how many of them."""

EVEN_GAPS: Final = 0.1
"""Largest spread of gaps, relative to their mean, that is still even."""

LARGEST_REPEATED_SHARE: Final = 0.2
"""Share of positions that may repeat for the first image of each to be taken."""

LARGEST_GAP_RATIO: Final = 3.0
"""A gap splits a stack only if it is also this many times the usual gap."""

Hasher = Callable[[ImageHeader], str]
"""Returns a digest of an image's stored pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """Images of one grid with one image a position, in order of position.

    Parameters
    ----------
    images
        Headers by rising position along the normal.
    phase
        What tells this stack from its siblings: tag → value.
    index, count
        Which of how many siblings, from 0.
    findings
        What was dropped or assumed.
    """

    images: tuple[ImageHeader, ...]
    phase: dict[str, Any]
    index: int = 0
    count: int = 1
    findings: tuple[Finding, ...] = ()


def separate(
    images: list[ImageHeader], *, digest: Hasher, largest_gap_mm: float
) -> tuple[list[Stack], list[ImageHeader]]:
    """Return the stacks among images of one grid, and the images that make none.

    Parameters
    ----------
    images
        Headers that agree in series, matrix, spacing and orientation.
    digest
        Called only where two images of one position may be the same.
    largest_gap_mm
        Gaps wider than this, and much wider than usual, split a stack.
    """
    images, dropped = _without_copies(images, digest, same_identity=True)
    if len(images) > 1 and places_of(images).max() == 0:
        return [], images
    stacks, left = _resolve(images, {}, frozenset())
    if left:
        left, more = _without_copies(left, digest, same_identity=False)
        dropped += more
        resolved, left = _resolve_by_order(left)
        stacks += resolved
    findings = _dropped_findings(dropped)
    stacks = [part for stack in stacks for part in _split_at_gaps(stack, largest_gap_mm)]
    count = len(stacks)
    return [
        replace(s, index=k, count=count, findings=(*findings, *s.findings))
        for k, s in enumerate(stacks)
    ], left


def places_of(images: Iterable[ImageHeader]) -> NDArray[np.int64]:
    """Return for each image the number of its position along the normal, from 0."""
    along = _along(list(images))
    order = np.argsort(along, kind="stable")
    steps = np.diff(along[order], prepend=along[order[0]]) > SAME_POSITION_MM
    places = np.empty(len(along), dtype=np.int64)
    places[order] = np.cumsum(steps)
    return places


def _along(images: list[ImageHeader]) -> NDArray[np.float64]:
    row, column = np.array(images[0].orientation).reshape(2, 3)
    normal = np.cross(row, column)
    positions = np.array([h.position_mm for h in images])
    return np.asarray(positions @ (normal / np.linalg.norm(normal)))


def _most_repeats(images: list[ImageHeader]) -> int:
    return int(np.bincount(places_of(images)).max())


def _ordered(images: list[ImageHeader]) -> tuple[ImageHeader, ...]:
    return tuple(images[k] for k in np.argsort(_along(images), kind="stable"))


def _resolve(
    images: list[ImageHeader], phase: dict[str, Any], used: frozenset[str]
) -> tuple[list[Stack], list[ImageHeader]]:
    """Return stacks without repeated positions, and images that no tag separates."""
    repeats = _most_repeats(images)
    best = _interleaved(images) if repeats == 1 else _best_tag(images, repeats, used)
    if best is None:
        return ([Stack(images=_ordered(images), phase=phase)], []) if repeats == 1 else ([], images)
    tag, parts = best
    stacks: list[Stack] = []
    left: list[ImageHeader] = []
    for k, (value, part) in enumerate(parts.items()):
        told = k + 1 if tag in WORDS_OF_PEOPLE else value
        done, rest = _resolve(part, {**phase, tag: told}, used | {tag})
        stacks += done
        left += rest
    return stacks, left


def _best_tag(
    images: list[ImageHeader], repeats: int, used: frozenset[str]
) -> tuple[str, dict[Any, list[ImageHeader]]] | None:
    """Return the tag that leaves the fewest repeated positions, and its parts."""
    best: tuple[str, dict[Any, list[ImageHeader]]] | None = None
    fewest = repeats
    for tag in PHASE_TAGS:
        if tag in used:
            continue
        parts = _by_tag(images, tag)
        if not 1 < len(parts) <= repeats + SPARE_PHASES:
            continue
        worst = max(_most_repeats(part) for part in parts.values())
        if worst < fewest:
            best, fewest = (tag, parts), worst
        if worst == 1:
            break
    return best


def _interleaved(
    images: list[ImageHeader],
) -> tuple[str, dict[Any, list[ImageHeader]]] | None:
    """Return the tag that sorts an uneven stack into even ones lying within each other."""
    whole = _gaps(images)
    if len(images) < 2 * FEWEST_INTERLEAVED or _is_even(whole):
        return None
    for tag in PHASE_TAGS:
        parts = _by_tag(images, tag)
        if not 1 < len(parts) <= MOST_INTERLEAVED or min(map(len, parts.values())) < (
            FEWEST_INTERLEAVED
        ):
            continue
        gaps = [_gaps(part) for part in parts.values()]
        if all(_is_even(g) and g.sum() > 0.5 * whole.sum() for g in gaps):
            return tag, parts
    return None


def _gaps(images: list[ImageHeader]) -> NDArray[np.float64]:
    return np.diff(np.sort(_along(images)))


def _is_even(gaps: NDArray[np.float64]) -> bool:
    return bool(np.ptp(gaps) <= EVEN_GAPS * gaps.mean()) if gaps.size else True


def _by_tag(images: list[ImageHeader], tag: str) -> dict[Any, list[ImageHeader]]:
    parts: dict[Any, list[ImageHeader]] = {}
    for image in images:
        parts.setdefault(image.phases.get(tag), []).append(image)
    known = sorted((value for value in parts if value is not None), key=_sort_key)
    return {value: parts[value] for value in [*known, *([None] if None in parts else [])]}


def _sort_key(value: Any) -> tuple[int, Any]:
    if isinstance(value, str):
        return 1, value
    return (2, value) if isinstance(value, tuple) else (0, value)


def _resolve_by_order(images: list[ImageHeader]) -> tuple[list[Stack], list[ImageHeader]]:
    """Separate by the order of InstanceNumber, where that is not mere guessing.

    Either every position repeats alike, or only a few repeat at all.
    """
    places = places_of(images)
    counts = np.bincount(places)
    if counts.max() == 1:
        return [Stack(images=_ordered(images), phase={})], []
    numbered = all(h.instance_number is not None for h in images)
    is_alike = counts.min() == counts.max()
    is_rare = float((counts > 1).mean()) <= LARGEST_REPEATED_SHARE
    if not (numbered and (is_alike or is_rare)):
        return [], images
    by_number = sorted(range(len(images)), key=lambda k: images[k].instance_number or 0)
    seen: Counter[int] = Counter()
    rounds: dict[int, list[ImageHeader]] = {}
    for k in by_number:
        rounds.setdefault(seen[int(places[k])], []).append(images[k])
        seen[int(places[k])] += 1
    finding = warning(
        "phases-by-order",
        f"{int((counts > 1).sum())} of {len(counts)} positions hold up to {len(rounds)} different "
        "images that no header tag tells apart; separated by the order of their instance numbers.",
        details={"stacks": len(rounds), "repeated_positions": int((counts > 1).sum())},
    )
    return [
        Stack(images=_ordered(part), phase={"order": k + 1}, findings=(finding,))
        for k, part in rounds.items()
    ], []


def _without_copies(
    images: list[ImageHeader], digest: Hasher, *, same_identity: bool
) -> tuple[list[ImageHeader], list[ImageHeader]]:
    """Return images without copies of one image at one position, and the copies."""
    groups: dict[tuple[Any, ...], list[ImageHeader]] = {}
    for image, place in zip(images, places_of(images), strict=True):
        identity = (image.sop_instance_uid, image.frame, image.tile) if same_identity else ()
        groups.setdefault((int(place), *identity), []).append(image)
    kept: list[ImageHeader] = []
    dropped: list[ImageHeader] = []
    for group in groups.values():
        seen: set[tuple[Any, ...]] = set()
        for image in group:
            key = () if len(group) == 1 else (digest(image), image.slope, image.intercept)
            (dropped if key in seen else kept).append(image)
            seen.add(key)
    return kept, dropped


def _dropped_findings(dropped: list[ImageHeader]) -> tuple[Finding, ...]:
    if not dropped:
        return ()
    return (
        note(
            "copies-dropped",
            f"{len(dropped)} images are copies of others (same position, same pixels) and "
            "were left out.",
            details={"instances": [h.instance_number for h in dropped]},
        ),
    )


def _split_at_gaps(stack: Stack, largest_gap_mm: float) -> list[Stack]:
    """Return the runs of a stack between gaps too wide to bridge."""
    along = _along(list(stack.images))
    gaps = np.diff(along)
    if gaps.size < 2:
        return [stack]
    usual = float(np.median(gaps))
    wide = np.flatnonzero((gaps > largest_gap_mm) & (gaps > LARGEST_GAP_RATIO * usual))
    if not wide.size:
        return [stack]
    edges = [0, *(int(k) + 1 for k in wide), len(along)]
    widest = float(gaps[wide].max())
    runs = len(edges) - 1
    return [
        replace(
            stack,
            images=stack.images[first:last],
            phase={**stack.phase, "run": k + 1},
            findings=(
                *stack.findings,
                warning(
                    "split-at-gap",
                    f"The slices leave a gap of up to {widest:.3g} mm, too wide to bridge: this "
                    f"is part {k + 1} of {runs}, {last - first} of {len(along)} slices.",
                    details={"part": k + 1, "parts": runs, "gap_mm": round(widest, 3)},
                ),
            ),
        )
        for k, (first, last) in enumerate(itertools.pairwise(edges))
    ]


def digest_pixels(image: ImageHeader) -> str:
    """Return a digest of an image's stored pixels, or of its file where they are deflated."""
    layout = image.layout
    try:
        with image.file.open("rb") as stream:
            if layout.is_direct:
                stream.seek((layout.offset or 0) + image.frame * layout.frame_bytes)
                return hashlib.sha256(stream.read(layout.frame_bytes)).hexdigest()
            stream.seek(layout.offset or 0)
            frame = f"{image.frame}{image.tile}".encode()
            return hashlib.sha256(frame + stream.read()).hexdigest()
    except OSError:
        return f"unreadable {image.file}"
