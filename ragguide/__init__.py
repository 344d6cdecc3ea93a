"""ragguide answers questions from a guide, on your laptop, with page citations you can check.

from ragguide import Guide

Guide.ingest("guide.pdf")
print(Guide.open().query("How much do Spot Instances save?").answer)
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ragguide.config import Settings, load_settings
    from ragguide.create.ingest import IngestReport
    from ragguide.create.read import ReadOptions
    from ragguide.errors import RagguideError
    from ragguide.guide import Guide
    from ragguide.types import AllowRule, Answer, Chunk, Citation, Filter, Found, Hit, Piece

__version__ = "0.2.0"

# Loaded when first asked for, so that `ragguide --help` waits for none of it.
_HOMES = {
    "AllowRule": "types",
    "Answer": "types",
    "Chunk": "types",
    "Citation": "types",
    "Filter": "types",
    "Found": "types",
    "Guide": "guide",
    "Hit": "types",
    "IngestReport": "create.ingest",
    "Piece": "types",
    "RagguideError": "errors",
    "ReadOptions": "create.read",
    "Settings": "config",
    "load_settings": "config",
}
__all__ = [
    "AllowRule",
    "Answer",
    "Chunk",
    "Citation",
    "Filter",
    "Found",
    "Guide",
    "Hit",
    "IngestReport",
    "Piece",
    "RagguideError",
    "ReadOptions",
    "Settings",
    "__version__",
    "load_settings",
]


def __getattr__(name: str) -> object:
    if name in _HOMES:
        return getattr(import_module(f"ragguide.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'ragguide' has no attribute {name!r}")
