"""Value types and reconstruction primitives that both domains share.

Knows arrays, frames, meshes and scenes; knows no DICOM, DXF, IFC, window or terminal.
"""
