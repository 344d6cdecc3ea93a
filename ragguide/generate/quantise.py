"""A GGUF file in, the same model in another quantisation out. A script, not imported.

    quantise.py SOURCE TARGET KIND THREADS

It runs as a separate process because llama.cpp cannot be interrupted while it quantises.
"""

import ctypes
import os
import sys


def quantise(source: str, target: str, kind: str, threads: int) -> int:
    """Write the file and return 0 on success. Quantised weights are quantised once more."""
    import llama_cpp

    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = {
        "Q4_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q4_0,
        "Q8_0": llama_cpp.LLAMA_FTYPE_MOSTLY_Q8_0,
    }[kind]
    params.nthread = threads
    params.allow_requantize = True
    status = llama_cpp.llama_model_quantize(
        os.fsencode(source), os.fsencode(target), ctypes.byref(params)
    )
    return int(status)


if __name__ == "__main__":
    sys.exit(quantise(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
