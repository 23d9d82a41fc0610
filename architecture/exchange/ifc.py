"""IFC: buildings out (IFC4), and any IFC file in as a scene to look at."""

from __future__ import annotations

from architecture.exchange.ifc_reading import read_ifc
from architecture.exchange.ifc_writing import ifc_model, write_ifc

__all__ = ["ifc_model", "read_ifc", "write_ifc"]
