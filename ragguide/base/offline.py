"""Load sentence-transformers models from disk only, without network access or output.

This is the only module that imports transformers.
"""

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

# The libraries read these on import; a query must never download anything.
_AT_IMPORT = {
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
}


@contextmanager
def offline() -> Iterator[None]:
    """Import sentence_transformers and load its models inside this block."""
    added = {name: value for name, value in _AT_IMPORT.items() if name not in os.environ}
    os.environ.update(added)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # deprecations between libraries, outside our control
            from transformers.utils import logging as transformers_logging

            transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            logging.getLogger("sentence_transformers").setLevel(logging.ERROR)
            yield
    finally:
        for name in added:
            os.environ.pop(name, None)
