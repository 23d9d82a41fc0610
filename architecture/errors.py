"""Errors of the architectural front-end."""

from __future__ import annotations

from shared.errors import DamagedFileError, InputError, UsageError


class NotADrawingError(InputError):
    """The file is no drawing that can be read."""


class DwgNotReadError(NotADrawingError):
    """A DWG file: its format is closed; it has to be converted to DXF first."""


class DamagedDrawingError(DamagedFileError):
    """A drawing that is cut or corrupt beyond repair."""


class UnknownUnitError(UsageError):
    """The unit asked for is none that drawings are made in."""
