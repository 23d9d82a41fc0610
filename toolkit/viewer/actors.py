"""Scene → PyVista actors: colors by label, legend, camera, picking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from shared.frame import Axes

if TYPE_CHECKING:
    import pyvista as pv

    from shared.mesh import Mesh
    from shared.scene import Part, Scene
    from shared.volume import Volume

PATIENT_AXES: Final = (Axes.LPS, Axes.RAS)
AXIS_NAMES: Final = {
    Axes.LPS: ("L", "P", "S"),
    Axes.RAS: ("R", "A", "S"),
    Axes.ENU: ("E", "N", "Up"),
    Axes.Y_UP: ("x", "y up", "z"),
}
BACKGROUND: Final = "#f4f4f1"
TEXT_COLOR: Final = "#222222"
LEGEND_BACKGROUND: Final = "#3a3a3a"
"""Dark: labels are written in their own color, and most are light."""
LEGEND_LIMIT: Final = 24
"""Largest number of labels a legend shows; more would not be readable."""
MAXIMUM_LIGHT_PEELS: Final = 8


def to_polydata(mesh: Mesh) -> pv.PolyData:
    """Return the mesh as PyVista data, sharing its vertex array."""
    import pyvista as pv

    return pv.PolyData.from_regular_faces(mesh.vertices, mesh.faces)


def add_scene(plotter: pv.Plotter, scene: Scene, *, scale: int = 1) -> dict[str, Part]:
    """Add every part with faces to a plotter, with legend, axes and title.

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
    _add_legend(plotter, scene)
    names = AXIS_NAMES[scene.frame.axes]
    plotter.add_axes(xlabel=names[0], ylabel=names[1], zlabel=names[2], color=TEXT_COLOR)
    plotter.add_text(_caption(scene), position="upper_left", font_size=9 * scale, color=TEXT_COLOR)
    return part_by_actor


def _add_legend(plotter: pv.Plotter, scene: Scene) -> None:
    color_by_name = {
        part.label.name.replace("_", " "): part.label.color
        for part in sorted(scene.parts, key=lambda part: part.label.value)
        if not part.mesh.is_empty
    }
    entries = [[name, color] for name, color in list(color_by_name.items())[:LEGEND_LIMIT]]
    if entries:
        plotter.add_legend(
            entries,
            bcolor=LEGEND_BACKGROUND,
            border=False,
            face="rectangle",
            size=(0.16, min(0.035 * len(entries) + 0.01, 0.7)),
            loc="lower right",
        )


def _caption(scene: Scene) -> str:
    low, high = bounds_of(scene)
    size = " × ".join(f"{extent:.1f}" for extent in high - low)
    return f"{scene.title}\n{size} {scene.frame.unit.value}"


def bounds_of(scene: Scene) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and largest corner ``[3]`` of all parts, in the scene's unit."""
    boxes = [part.mesh.bounds() for part in scene.parts if not part.mesh.is_empty]
    if not boxes:
        return np.zeros(3), np.zeros(3)
    return np.min([box[0] for box in boxes], axis=0), np.max([box[1] for box in boxes], axis=0)


def add_slices(plotter: pv.Plotter, volume: Volume) -> None:
    """Add the three middle slices of a volume, where they stand in the world."""
    import pyvista as pv

    low, high = np.percentile(np.asarray(volume.values[::4, ::4, ::4], float), (1, 99.5))
    for axis in range(3):
        index = volume.shape[axis] // 2
        values = np.take(volume.values, index, axis=axis)
        rows, columns = np.meshgrid(*(np.arange(n) for n in values.shape), indexing="ij")
        places = np.insert(np.stack([rows, columns], axis=-1).astype(float), axis, index, axis=-1)
        world = volume.affine.apply(places)
        grid = pv.StructuredGrid(*(world[..., None, n] for n in range(3)))
        grid["values"] = np.asarray(values, np.float32).ravel(order="F")
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


def look_at(plotter: pv.Plotter, scene: Scene) -> None:
    """Place the camera: a patient from the front and slightly left, a building from above."""
    up = (0.0, 1.0, 0.0) if scene.frame.axes == Axes.Y_UP else (0.0, 0.0, 1.0)
    direction = {
        Axes.LPS: (0.55, -1.0, 0.2),
        Axes.RAS: (-0.55, 1.0, 0.2),
        Axes.ENU: (-0.55, -0.8, 0.75),
        Axes.Y_UP: (0.5, 0.6, 1.0),
    }[scene.frame.axes]
    plotter.camera_position = [direction, (0.0, 0.0, 0.0), up]
    plotter.reset_camera()
