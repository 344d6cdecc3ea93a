"""A real server of OpenAI's protocol: llama-cpp-python's own, as a process."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

from ragguide.config import load_settings
from ragguide.models.find import find_generator

KEY = "a-key-of-the-tests"


@contextmanager
def serve_smollm2() -> Iterator[str]:
    """Yield the address of a server with SmolLM2, on one thread, which asks for `KEY`."""
    file = find_generator("smollm2-135m-instruct", models_dir=load_settings().models_dir)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--model", file.path, "--model_alias", "smollm2", "--n_ctx", 2048]
    options += ["--n_threads", 1, "--host", "127.0.0.1", "--port", port, "--api_key", KEY]
    process = subprocess.Popen(
        [sys.executable, "-m", "llama_cpp.server", *map(str, options)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"PYTHONWARNINGS": "ignore"},
    )
    address = f"http://127.0.0.1:{port}/v1"
    try:
        for _ in range(600):
            assert process.poll() is None, "the server ended"
            if _lists_models(address):
                break
            time.sleep(0.1)
        yield address
    finally:
        process.kill()
        process.wait()


def _lists_models(address: str) -> bool:
    request = Request(f"{address}/models", headers={"Authorization": f"Bearer {KEY}"})
    try:
        with urlopen(request, timeout=5) as response:
            return bool(response.read())
    except OSError:
        return False
