"""Array aliases with the project's axis names.

The names are for readers and type checkers. At run time, and on machines without
jaxtyping, they are plain arrays: import this module under ``TYPE_CHECKING`` only.

Axis names: ``i j k`` array order of a volume (slice, row, column for DICOM),
``v`` vertices, ``f`` faces, ``n`` points.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FieldArray: TypeAlias = NDArray[Any]
"""``[i j k]`` real numbers."""
MaskArray: TypeAlias = NDArray[np.bool_]
"""``[i j k]`` booleans."""
LabelArray: TypeAlias = NDArray[np.integer[Any]]
"""``[i j k]`` integers, 0 is background."""
VertexArray: TypeAlias = NDArray[np.float32]
"""``[v 3]`` positions."""
FaceArray: TypeAlias = NDArray[np.int32]
"""``[f 3]`` vertex indices, counter-clockwise seen from outside."""
PointArray: TypeAlias = NDArray[np.float64]
"""``[n 3]`` positions."""
Matrix4: TypeAlias = NDArray[np.float64]
"""``[4 4]`` homogeneous transform."""
