"""Scene ↔ file: one codec a file, and the only place where axes or units change.

`write_scene` and `read_scene` look a codec up by suffix. Every file is written
through `staged_outputs`: beside its place first, then renamed into it.
"""

from shared.formats.codecs import CODECS, read_scene, write_scene
from shared.formats.outputs import Staging, staged_outputs

__all__ = ["CODECS", "Staging", "read_scene", "staged_outputs", "write_scene"]
