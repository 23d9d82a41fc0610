"""What the CUDA roads of the primitives share: launches, words of bits, number types.

Import these modules only where a torch tensor is at hand: they import torch and Triton.
No figure of speed on a GPU has been measured yet; what stands in docstrings about memory
traffic is arithmetic. The results are tested under Triton's interpreter
(``TRITON_INTERPRET=1``), which runs the same kernels on the CPU.
"""
