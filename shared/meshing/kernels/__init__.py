"""Compiled host kernels of the mesh primitives.

Each takes and returns plain NumPy arrays and knows no value types. They are imported
inside the functions that run them: importing `shared.meshing` costs no compiler.
Inside a kernel indices are widened to int64 at once, which keeps the number of
versions the compiler makes of a function at one.
"""

from typing import TypeAlias

import numpy as np

Index: TypeAlias = int | np.int64
"""Number of a vertex, face, corner or half-edge inside a kernel."""
