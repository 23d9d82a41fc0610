"""Sort strokes by what their layer and block say: the prior before any geometry is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from architecture.drawing import Drawing, Insert, Stroke
from architecture.understanding.layers import (
    LayerGuess,
    RoleOverride,
    guess_role,
    guess_roles,
    parse_override,
)
from architecture.understanding.roles import Role

__all__ = ["SortedStrokes", "overrides_from", "sort_strokes"]

BLOCK_NAME_ROLES = frozenset(
    {
        Role.DOOR,
        Role.WINDOW,
        Role.OPENING,
        Role.FURNITURE,
        Role.FIXTURE,
        Role.STAIR,
        Role.COLUMN,
        Role.SYMBOL,
        Role.TITLE,
    }
)
"""Roles a block's own name may give to what is drawn in it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SortedStrokes:
    """Strokes of a drawing with the role their layer or block gives them.

    Parameters
    ----------
    strokes
        Every stroke of the drawing.
    roles
        One role a stroke, `Role.OTHER` where nothing is said.
    guesses
        The guess for every layer.
    """

    strokes: tuple[Stroke, ...]
    roles: tuple[Role, ...]
    guesses: Mapping[str, LayerGuess]

    def of(self, *wanted: Role) -> list[int]:
        """Return the indices of all strokes with one of the roles."""
        return [i for i, role in enumerate(self.roles) if role in wanted]


def overrides_from(roles: Mapping[str, str] | None) -> tuple[RoleOverride, ...]:
    """Return a person's word on layers: pattern → role.

    Raises
    ------
    UsageError
        If a role is unknown.
    """
    return tuple(parse_override(f"{pattern}={role}") for pattern, role in (roles or {}).items())


def sort_strokes(drawing: Drawing, *, overrides: Sequence[RoleOverride] = ()) -> SortedStrokes:
    """Return every stroke with the role of its layer, or of its block where the layer is mute."""
    layers = dict.fromkeys((*drawing.layers, *(stroke.layer for stroke in drawing.strokes)))
    guesses = guess_roles(layers, overrides=overrides)
    block_roles = [_block_role(insert, guesses) for insert in drawing.inserts]
    roles = []
    for stroke in drawing.strokes:
        role = guesses[stroke.layer].role
        block = block_roles[stroke.group] if stroke.group is not None else None
        roles.append(block if block is not None and role not in _SETTLED else role)
    return SortedStrokes(strokes=drawing.strokes, roles=tuple(roles), guesses=guesses)


_SETTLED = frozenset({Role.DIMENSION, Role.TEXT, Role.TITLE, Role.SITE, Role.SECTION})


def _block_role(insert: Insert, guesses: Mapping[str, LayerGuess]) -> Role | None:
    """Return the role a whole block has: by the layer it stands on, else by its name."""
    layer = guesses.get(insert.layer)
    named = guess_role(insert.name)
    if layer is not None and layer.role in BLOCK_NAME_ROLES:
        return layer.role
    if named.role in BLOCK_NAME_ROLES and named.score > 0:
        return named.role
    return None
