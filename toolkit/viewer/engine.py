"""PyVista, imported so that it says nothing and uses every core."""

from __future__ import annotations

import logging
from typing import Any


def load_pyvista() -> Any:
    """Return the `pyvista` module.

    VTK tells stderr when there is no display, Matplotlib (which PyVista imports) when
    there is no home; neither matters to a person who asked for a picture. VTK's filters
    run on one thread until told otherwise.
    """
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    import pyvista
    from vtkmodules.vtkCommonCore import vtkObject, vtkSMPTools

    vtkObject.GlobalWarningDisplayOff()
    vtkSMPTools.SetBackend("STDThread")
    return pyvista
