"""Surfaces on CUDA devices: Triton kernels behind `shared.surfaces`."""
