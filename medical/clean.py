"""Clean: what is not the patient's goes, and every removal is told.

A piece goes only because it lies outside of the body, is part of the apparatus around
it, or is smaller than the stated volume. It never goes for not being the largest, unless
the largest were asked for: a jaw apart from its skull, a fragment, the second femur stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from medical.cutting import smooth_cut
from medical.removals import REASON_WORDS, Reason, Removal, tell
from medical.segmenters.body import APPARATUS, CAVITY, OUTSIDE, TISSUE, Body
from shared.errors import NothingToBuildError, UsageError
from shared.segmentation import LabelMap, Segmentation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from shared.concept import Label
    from shared.filters.pieces import Pieces
    from shared.segmentation import LevelField
    from shared.shapes import MaskArray

Keep = Literal["body", "all", "largest"] | int
"""What stays: ``body`` what lies in the body; ``all`` everything; ``largest`` or a number,
the largest pieces of what lies in the body."""

INSIDE_SHARE: Final = 0.5
"""Smallest share of a piece that must lie in the body for it to stay."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cleaned:
    """What stays, and what went.

    Parameters
    ----------
    segmentation
        Label maps hold what stays; where something was cut off, a field is lowered beyond
        the cut. Its findings tell the removals.
    removals
        Every piece that was taken away, however small.
    """

    segmentation: Segmentation
    removals: tuple[Removal, ...] = ()


def clean(
    segmentation: Segmentation,
    *,
    body: Body | None,
    keep: Keep = "body",
    minimum_volume_ml: float | Mapping[str, float],
) -> Cleaned:
    """Return `segmentation` without what is not the patient's, and every removal.

    Parameters
    ----------
    segmentation
        Label maps of what was found, apparatus and all.
    body
        The body in the same volume. Without it, or where it has no pieces, nothing counts
        as outside of the body.
    keep
        See `Keep`. ``all`` drops nothing, whatever its size.
    minimum_volume_ml
        Pieces (joined by faces of voxels) below this go; one limit, or one by label name.

    Returns
    -------
    Cleaned
        What stays, and the removals: their voxels are together those that went.

    Raises
    ------
    UsageError
        If `keep` or the minimum makes no sense.
    NothingToBuildError
        If nothing of a label stays.
    """
    limit = _limit_of(keep)
    minima = _minima(segmentation, minimum_volume_ml)
    if keep == "all":
        return Cleaned(segmentation=segmentation)
    if body is not None and not body.pieces:
        body = None
    layers: list[LabelMap] = []
    gone: list[Removal] = []
    fields = dict(segmentation.fields)
    for layer in segmentation.layers:
        values = np.zeros_like(layer.values)
        for label in layer.labels:
            mask = layer.values == label.value
            part = _part_in_body(mask, layer, body, fields.get(label.name))
            kept, removals = _kept_of(part, label, layer, body, limit, minima[label.name])
            if not kept.any():
                raise _nothing_left(label, removals)
            values[kept] = label.value
            if part.field is not None:
                fields[label.name] = part.field
            gone += removals
        layers.append(replace(layer, values=values))
    provenance = segmentation.provenance.with_step("clean", keep=keep, minimum_volume_ml=minima)
    kept_segmentation = replace(
        segmentation,
        layers=tuple(layers),
        fields=fields,
        findings=(*segmentation.findings, *tell(gone)),
        provenance=provenance,
    )
    return Cleaned(segmentation=kept_segmentation, removals=tuple(gone))


def parse_keep(words: str | int) -> Keep:
    """Return what to keep, from the words a person uses.

    >>> parse_keep("3")
    3

    Raises
    ------
    UsageError
        If they say nothing of the kind.
    """
    if isinstance(words, str) and words.strip().isdigit():
        words = int(words)
    keep: Keep = words.strip().lower() if isinstance(words, str) else words  # type: ignore[assignment]
    _limit_of(keep)
    return keep


def _minima(
    segmentation: Segmentation, minimum_volume_ml: float | Mapping[str, float]
) -> dict[str, float]:
    """Return the smallest volume of a piece, in ml, by label name."""
    minima = {}
    for label in (label for layer in segmentation.layers for label in layer.labels):
        minimum = minimum_volume_ml
        if isinstance(minimum, Mapping):
            minimum = minimum.get(label.name, 0.0)
        if not (np.isfinite(minimum) and minimum >= 0.0):
            raise UsageError(
                f"A minimum volume of {minimum} ml makes no sense.",
                remedy="Pass a number of millilitres, 0 or more.",
            )
        minima[label.name] = float(minimum)
    return minima


def _limit_of(keep: Keep) -> int | None:
    """Return how many pieces may stay, or None for any number."""
    if keep in ("body", "all"):
        return None
    if keep == "largest":
        return 1
    if isinstance(keep, int) and not isinstance(keep, bool) and keep >= 1:
        return keep
    raise UsageError(
        f"{keep!r} does not say what to keep.", remedy="Use body, all, largest or a number from 1."
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Part:
    """Voxels of a label that lie in or near the body, those that do not, and its field."""

    inside: MaskArray
    removed: MaskArray
    field: LevelField | None


def _part_in_body(
    mask: MaskArray, layer: LabelMap, body: Body | None, field: LevelField | None
) -> _Part:
    """Return what lies in or near the body, cut smoothly where it touches apparatus."""
    if body is None:
        return _Part(inside=mask, removed=np.zeros_like(mask), field=field)
    removed = body.part_in(mask, APPARATUS, OUTSIDE)
    if field is not None and removed.any():
        spacing_mm = tuple(layer.frame.to_mm(step) for step in layer.affine.spacing)
        cut = smooth_cut(mask, removed, field, spacing_mm=spacing_mm)
        removed, field = cut.removed, cut.field
    return _Part(inside=mask & ~removed, removed=removed, field=field)


def _kept_of(
    part: _Part,
    label: Label,
    layer: LabelMap,
    body: Body | None,
    limit: int | None,
    minimum_ml: float,
) -> tuple[MaskArray, list[Removal]]:
    """Return the part of a label that stays, and what goes."""
    from shared.filters import Connectivity
    from shared.filters.components import pieces_of_mask

    removals: list[Removal] = []
    if body is not None:
        apart = pieces_of_mask(part.removed, Connectivity.FACE)
        is_apparatus = body.zone_counts(apart)[:, APPARATUS] > 0
        is_apparatus[0] = False
        removals += _removals(apart, is_apparatus, Reason.APPARATUS, label, layer)
        removals += _removals(apart, ~is_apparatus, Reason.OUTSIDE_BODY, label, layer)
    pieces = pieces_of_mask(part.inside, Connectivity.FACE)
    stays = np.ones(pieces.count + 1, dtype=np.bool_)
    stays[0] = False

    def drop(which: NDArray[np.bool_], reason: Reason) -> None:
        removals.extend(_removals(pieces, stays & which, reason, label, layer))
        stays[which] = False

    drop(pieces.sizes * _voxel_ml(layer) < minimum_ml, Reason.BELOW_MINIMUM)
    if body is not None:
        counts = body.zone_counts(pieces)
        inside = counts[:, TISSUE] + counts[:, CAVITY]
        drop(inside < INSIDE_SHARE * pieces.sizes, Reason.OUTSIDE_BODY)
    if limit is not None:
        sizes = np.where(stays, pieces.sizes, 0)
        beyond = np.ones(len(sizes), dtype=np.bool_)
        beyond[np.argsort(-sizes, kind="stable")[:limit]] = False
        drop(beyond, Reason.NOT_AMONG_LARGEST)
    return pieces.mask_of(stays), removals


def _removals(
    pieces: Pieces, which: NDArray[np.bool_], reason: Reason, label: Label, layer: LabelMap
) -> list[Removal]:
    """Return the removals of the pieces that `which` ``[n + 1]`` names."""
    numbers = np.flatnonzero(which[1:]) + 1
    places = layer.affine.apply(pieces.centroids[numbers])
    volumes = pieces.sizes[numbers] * _voxel_ml(layer)
    return [
        Removal(label=label.name, volume_ml=float(ml), place_mm=(x, y, z), reason=reason)
        for (x, y, z), ml in zip(places.tolist(), volumes, strict=True)
    ]


def _voxel_ml(layer: LabelMap) -> float:
    return layer.affine.voxel_volume * layer.frame.to_mm(1.0) ** 3 * 1e-3


def _nothing_left(label: Label, removals: list[Removal]) -> NothingToBuildError:
    largest = max(removals, key=lambda removal: removal.volume_ml)
    return NothingToBuildError(
        f"Nothing of {label.name} stays: of {len(removals)} pieces the largest has "
        f"{largest.volume_ml:.2f} ml and went: {REASON_WORDS[largest.reason]}.",
        remedy="Pass --keep all, a smaller --minimum-volume, or another level.",
    )
