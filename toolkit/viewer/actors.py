"""Scene → PyVista actors: surfaces in the colors of their labels, slices, axes, caption."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from shared.frame import Axes
from toolkit.viewer.camera import VIEW_ANGLE_DEG, Area, fit

if TYPE_CHECKING:
    import pyvista as pv

    from shared.mesh import Mesh
    from shared.scene import Part, Scene
    from shared.volume import Volume
    from toolkit.viewer.legend import Extent

PATIENT_AXES: Final = (Axes.LPS, Axes.RAS)
AXIS_NAMES: Final = {
    Axes.LPS: ("L", "P", "S"),
    Axes.RAS: ("R", "A", "S"),
    Axes.ENU: ("E", "N", "Up"),
    Axes.Y_UP: ("x", "y up", "z"),
}
BACKGROUND: Final = "#f4f4f1"
TEXT_COLOR: Final = "#222222"
CAPTION_PT: Final = 9
CAPTION_PX: Final = 50
"""Height that the caption takes of the picture."""
SLICE_MARGIN: Final = 0.15
"""How far slices reach beyond the model, as a share of its size along each index axis."""
SLICE_MARGIN_MM: Final = 25.0
"""How far they reach at least."""
POINTS_SEEN: Final = 200_000
"""Vertices of a part that the camera is fitted to."""
MAXIMUM_LIGHT_PEELS: Final = 8


def to_polydata(mesh: Mesh) -> pv.PolyData:
    """Return the mesh as PyVista data, sharing its vertex array."""
    import pyvista as pv

    return pv.PolyData.from_regular_faces(mesh.vertices, mesh.faces)


def add_scene(plotter: pv.Plotter, scene: Scene, *, scale: int = 1) -> dict[str, Part]:
    """Add every part with faces to a plotter, with axes and title.

    Parameters
    ----------
    plotter, scene
        Where to add what.
    scale
        How much larger than usual letters and lines are drawn, in pixels.

    Returns
    -------
    dict
        Actor name → part, for picking.
    """
    organic = scene.frame.axes in PATIENT_AXES
    part_by_actor = {}
    for part in scene.parts:
        if part.mesh.is_empty:
            continue
        data = to_polydata(part.mesh)
        look: dict[str, Any] = {"color": part.label.color}
        if part.mesh.colors is not None:
            data.point_data["colors"] = part.mesh.colors
            look = {"scalars": "colors", "rgb": True}
        plotter.add_mesh(
            data,
            name=part.path,
            opacity=part.opacity,
            smooth_shading=organic,
            ambient=0.12 if organic else 0.3,
            specular=0.15 if organic else 0.0,
            **look,
        )
        if not organic and part.opacity == 1.0:
            edges = data.clean().extract_feature_edges(
                feature_angle=30,
                boundary_edges=True,
                non_manifold_edges=False,
                manifold_edges=False,
            )
            if edges.n_points:
                plotter.add_mesh(
                    edges,
                    color="#444444",
                    line_width=scale,
                    pickable=False,
                    name=f"{part.path} edges",
                )
        part_by_actor[part.path] = part
    names = AXIS_NAMES[scene.frame.axes]
    plotter.add_axes(xlabel=names[0], ylabel=names[1], zlabel=names[2], color=TEXT_COLOR)
    plotter.add_text(
        _caption(scene), position="upper_left", font_size=CAPTION_PT * scale, color=TEXT_COLOR
    )
    return part_by_actor


def _caption(scene: Scene) -> str:
    if not _has_faces(scene):
        return f"{scene.title}\nslices only"
    low, high = bounds_of(scene)
    size = " × ".join(f"{extent:.1f}" for extent in high - low)
    return f"{scene.title}\n{size} {scene.frame.unit.value}"


def _has_faces(scene: Scene) -> bool:
    return any(not part.mesh.is_empty for part in scene.parts)


def bounds_of(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and largest corner ``[3]`` of all parts, in the scene's unit."""
    boxes = [part.mesh.bounds() for part in scene.parts if not part.mesh.is_empty]
    if not boxes:
        return np.zeros(3), np.zeros(3)
    return np.min([box[0] for box in boxes], axis=0), np.max([box[1] for box in boxes], axis=0)


def add_slices(plotter: pv.Plotter, volume: Volume, scene: Scene) -> list[np.ndarray]:
    """Add the three middle slices of a volume around the model, where they stand in the world.

    Returns
    -------
    list
        The corners ``[4 3]`` of each slice in the world.
    """
    import pyvista as pv

    low, high = np.percentile(np.asarray(volume.values[::4, ::4, ::4], float), (1, 99.5))
    first, end = _box_around(volume, scene)
    corners = []
    for axis in range(3):
        index = volume.shape[axis] // 2
        box = tuple(slice(a, b) for a, b in zip(first, end, strict=True))
        box = (*box[:axis], slice(index, index + 1), *box[axis + 1 :])
        values = np.asarray(volume.values[box], np.float32)
        places = np.stack(
            np.meshgrid(*(np.arange(s.start, s.stop, dtype=float) for s in box), indexing="ij"),
            axis=-1,
        )
        world = np.squeeze(volume.affine.apply(places), axis=axis)
        grid = pv.StructuredGrid(*(world[..., None, n] for n in range(3)))
        grid["values"] = np.squeeze(values, axis=axis).ravel(order="F")
        plotter.add_mesh(
            grid,
            scalars="values",
            cmap="gray",
            clim=(float(low), float(high) if high > low else float(low) + 1.0),
            show_scalar_bar=False,
            lighting=False,
            pickable=False,
            name=f"slice {axis}",
        )
        corners.append(world[[0, 0, -1, -1], [0, -1, 0, -1]])
    return corners


def _box_around(volume: Volume, scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Return first and end index ``[3]`` of the model and a margin, at least two voxels."""
    shape = np.array(volume.shape)
    if not _has_faces(scene):
        return np.zeros(3, int), shape
    low, high = bounds_of(scene)
    picks = np.indices((2, 2, 2)).reshape(3, -1).T
    index = volume.affine.inverse().apply(np.where(picks, high, low))
    first, last = index.min(axis=0), index.max(axis=0)
    margin = np.maximum(
        SLICE_MARGIN * (last - first), SLICE_MARGIN_MM / np.array(volume.spacing_mm)
    )
    middle = shape // 2
    start = np.clip(np.floor(first - margin).astype(int), 0, np.maximum(middle - 1, 0))
    end = np.clip(np.ceil(last + margin).astype(int) + 1, np.minimum(middle + 1, shape), shape)
    return start, end


def points_of(scene: Scene) -> np.ndarray:
    """Return vertices ``[n 3]`` that tell the shape of a scene."""
    seen = [
        part.mesh.vertices[:: len(part.mesh.vertices) // POINTS_SEEN + 1]
        for part in scene.parts
        if not part.mesh.is_empty
    ]
    return np.concatenate(seen) if seen else np.zeros((0, 3))


def look_at(
    plotter: pv.Plotter, axes: Axes, points: np.ndarray, legend: Extent, *, scale: int = 1
) -> None:
    """Place the camera so that all `points` are seen, beside or above the legend."""
    width, height = plotter.window_size
    top = 1.0 - 2.0 * CAPTION_PX * scale / height
    beside = Area(right=min(0.92, 1.0 - 2.0 * legend.width / width), top=top)
    above = Area(bottom=max(-0.92, -1.0 + 2.0 * legend.height / height), top=top)
    areas = [area for area in (beside, above) if area.right > 0.0 and area.bottom < 0.0]
    camera = fit(points, axes, aspect=width / height, areas=areas or [Area()])
    plotter.camera.view_angle = VIEW_ANGLE_DEG
    plotter.camera_position = [camera.position, camera.focal_point, camera.up]
    plotter.reset_camera_clipping_range()
