"""Loads what sentence-transformers has from the disk alone, and without a word.

The only module that imports transformers.
"""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# Read by the libraries when they are imported; nothing may be fetched at query time.
_AT_IMPORT = {
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}


@contextmanager
def offline() -> Iterator[None]:
    """Import sentence_transformers and load its models within this."""
    added = {name: value for name, value in _AT_IMPORT.items() if name not in os.environ}
    os.environ.update(added)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations between libraries, not of our making
            from transformers.utils import logging as transformers_logging

            transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
            yield
    finally:
        for name in added:
            os.environ.pop(name, None)
