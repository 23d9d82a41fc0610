"""Meshes with known answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from shared.mesh import Mesh

CUBE_QUADS = (
    (0, 2, 3, 1),
    (4, 5, 7, 6),
    (0, 1, 5, 4),
    (2, 6, 7, 3),
    (0, 4, 6, 2),
    (1, 3, 7, 5),
)


def cube(size=1.0, corner=(0.0, 0.0, 0.0)):
    """An axis-aligned cube of twelve faces, outward."""
    corners = np.array([[n & 1, n >> 1 & 1, n >> 2 & 1] for n in range(8)], float)
    faces = [t for a, b, c, d in CUBE_QUADS for t in ((a, b, c), (a, c, d))]
    return Mesh(vertices=corners * size + corner, faces=np.array(faces))


def tetrahedron(size=1.0):
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float) * size
    return Mesh(vertices=vertices, faces=np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]]))


def sphere(radius=10.0, subdivisions=3, center=(0.0, 0.0, 0.0)):
    """An icosphere whose vertices lie on the sphere."""
    import trimesh

    ball = trimesh.creation.icosphere(subdivisions=subdivisions, radius=radius)
    return Mesh(vertices=ball.vertices + center, faces=ball.faces)


def torus(major=10.0, minor=3.0, sections=(32, 16)):
    import trimesh

    ring = trimesh.creation.torus(
        major, minor, major_sections=sections[0], minor_sections=sections[1]
    )
    return Mesh(vertices=ring.vertices, faces=ring.faces)


def plane(cells=4, size=10.0, height=0.0):
    """A square in the xy plane, looking up."""
    ticks = np.linspace(0.0, size, cells + 1)
    x, y = np.meshgrid(ticks, ticks, indexing="ij")
    vertices = np.stack([x, y, np.full_like(x, height)], axis=-1).reshape(-1, 3)
    n = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    a, b, c, d = n[:-1, :-1], n[1:, :-1], n[1:, 1:], n[:-1, 1:]
    faces = np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)]).reshape(-1, 3)
    return Mesh(vertices=vertices, faces=faces)


def together(*meshes):
    """One mesh of several."""
    starts = np.cumsum([0] + [len(m.vertices) for m in meshes[:-1]])
    return Mesh(
        vertices=np.concatenate([m.vertices for m in meshes]),
        faces=np.concatenate([m.faces + n for m, n in zip(meshes, starts, strict=True)]),
        frame=meshes[0].frame,
    )


def flipped(mesh):
    return replace(mesh, faces=mesh.faces[:, ::-1])


def soup(mesh):
    """Every face with three vertices of its own, as STL stores it."""
    return Mesh(
        vertices=mesh.vertices[mesh.faces].reshape(-1, 3),
        faces=np.arange(3 * len(mesh.faces)).reshape(-1, 3),
        frame=mesh.frame,
    )


def rotation(seed):
    """A random rotation matrix (Haar measure, by QR)."""
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q if np.linalg.det(q) > 0 else -q


def moved(mesh, matrix=None, shift=(0.0, 0.0, 0.0)):
    matrix = np.eye(3) if matrix is None else matrix
    return replace(mesh, vertices=mesh.vertices.astype(float) @ matrix.T + shift)


def isosurface_of(values, level=0.0, spacing=(1.0, 1.0, 1.0)):
    """A closed surface of a field that is below the level at its border, outward."""
    from skimage.measure import marching_cubes

    vertices, faces, _, _ = marching_cubes(
        np.asarray(values, np.float32), level, spacing=spacing, gradient_direction="ascent"
    )
    return Mesh(vertices=vertices, faces=faces)


def bumpy_ball(size=32, seed=0, smoothness=2.5, radius=0.32):
    """A closed, wavy, natural-looking solid."""
    from scipy.ndimage import gaussian_filter

    noise = gaussian_filter(np.random.default_rng(seed).normal(size=(size,) * 3), smoothness)
    ticks = np.linspace(-0.5, 0.5, size)
    x, y, z = np.meshgrid(ticks, ticks, ticks, indexing="ij")
    distance = np.sqrt(x * x + y * y + z * z)
    field = radius - distance + 0.08 * noise / noise.std()
    field[distance > 0.47] = -0.2
    for axis in range(3):
        for end in (0, -1):
            np.moveaxis(field, axis, 0)[end] = -0.2
    return isosurface_of(field)
