"""Layers of a DXF file: which are shown, and how their lines look."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from architecture.reading.primitives import Pen

BY_LAYER_COLOR = 256
BY_BLOCK_COLOR = 0


@dataclass(frozen=True, slots=True)
class LayerState:
    """Name as the table has it, look, and whether what is on it is shown."""

    name: str
    linetype: str = "CONTINUOUS"
    color: int = 7
    off: bool = False
    frozen: bool = False

    @property
    def hidden(self) -> bool:
        """Whether what is on the layer is not shown."""
        return self.off or self.frozen


class LayerTable:
    """Layers by name, whatever the case of the letters."""

    def __init__(self, states: Mapping[str, LayerState]) -> None:
        self._states = MappingProxyType(dict(states))

    @classmethod
    def of(cls, document: Any) -> LayerTable:
        """Return the layer table of an ezdxf document."""
        states: dict[str, LayerState] = {}
        for layer in document.layers:
            name = str(layer.dxf.name)
            states[name.casefold()] = LayerState(
                name=name,
                linetype=str(layer.dxf.get("linetype", "CONTINUOUS")).upper(),
                color=abs(int(layer.dxf.get("color", 7))),
                off=bool(layer.is_off()),
                frozen=bool(layer.is_frozen()),
            )
        return cls(states)

    @property
    def names(self) -> tuple[str, ...]:
        """Names in the file's order."""
        return tuple(state.name for state in self._states.values())

    def state(self, name: str) -> LayerState:
        """Return the layer's state; a layer that is not in the table is shown."""
        return self._states.get(name.casefold()) or LayerState(name=name)

    def shown(self) -> LayerTable:
        """Return the table with every layer on and thawed."""
        return LayerTable(
            {
                key: LayerState(name=state.name, linetype=state.linetype, color=state.color)
                for key, state in self._states.items()
            }
        )

    def resolve(self, pen: Pen, context: Pen | None) -> Pen:
        """Return the pen as it draws: layer 0 of a block takes the insert's layer,
        BYBLOCK the insert's look, BYLAYER the layer's.
        """
        state = self.state(pen.layer if context is None or pen.layer != "0" else context.layer)
        linetype, color = pen.linetype.upper(), pen.color
        if linetype == "BYBLOCK":
            linetype = context.linetype if context is not None else "CONTINUOUS"
        elif linetype == "BYLAYER":
            linetype = state.linetype
        if color == BY_BLOCK_COLOR:
            color = context.color if context is not None else 7
        elif color == BY_LAYER_COLOR:
            color = state.color
        return Pen(state.name, linetype, color)
