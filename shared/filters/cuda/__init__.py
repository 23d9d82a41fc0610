"""Filters on CUDA devices: Triton kernels behind `shared.filters`."""
