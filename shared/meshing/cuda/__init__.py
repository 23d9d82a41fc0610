"""Meshes on CUDA devices: Triton kernels behind `shared.meshing`."""
