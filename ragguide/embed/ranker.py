"""A question and statements in, a score for each out, by the small cross-encoder of this package.

A cross-encoder reads question and statement together, so it finds the statement that answers where
vectors find those about the same thing. `scripts/train_ranker.py` trained it from the weights of
all-MiniLM-L6-v2 (Apache-2.0), and says on which data.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ragguide.base.recent import Recent
from ragguide.embed.onnx_encoder import TOKENIZER, open_session
from ragguide.embed.packaged import read_packaged
from ragguide.errors import ModelError
from ragguide.models.catalogue import RANKER
from ragguide.models.find import find_embedder

if TYPE_CHECKING:
    from ragguide.types import FloatVector

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
MAX_QUESTION = 48  # tokens; of a longer question its end, which asks
MAX_STATEMENT = 64  # tokens; of a longer statement its start
MOST_KNOWN = 4096  # scores that are kept: 2 MB


class StatementRanker:
    """Scores statements for a question. Each core reads one statement at a time."""

    def __init__(self, *, threads: int) -> None:
        """Load the model: 0.1 s.

        Raises:
            ModelError: a file of the package is missing or damaged.
        """
        self._session = open_session(read_packaged(RANKER.file_name, RANKER.sha256))
        self._pairs = Pairs()
        self._cores = ThreadPoolExecutor(threads)
        self._known: Recent[tuple[str, str], float] = Recent(MOST_KNOWN)

    def scores(self, question: str, statements: Sequence[str]) -> "FloatVector":
        """Return `(len(statements),)` float32 log odds that a statement answers the question.

        Each statement is read by itself, so its score does not depend on the others: a batch would
        round its activations by the range of all, and spend on padding what it saves. So scores are
        kept for a question that is asked again, by others or with other settings.
        """
        found = {said: self._known.get((question, said)) for said in statements}
        new = [said for said, score in found.items() if score is None]
        if new:
            (asked,) = self._pairs.tokens([question])
            inputs = [self._pairs.join([(asked, said)]) for said in self._pairs.tokens(new)]
            for said, score in zip(new, self._cores.map(self._run, inputs), strict=True):
                found[said] = score
                self._known.put((question, said), score)
        return np.array([found[said] for said in statements], np.float32)

    def _run(self, inputs: dict[str, NDArray[np.int64]]) -> float:
        return float(self._session.run(("scores",), inputs)[0][0])


class Pairs:
    """Questions and statements in, what the model reads of them out, also while it is trained."""

    def __init__(self) -> None:
        """Read the tokenizer. Raises ModelError if its file is missing or damaged."""
        from tokenizers import Tokenizer

        folder = find_embedder(RANKER.embedder).folder
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        except Exception as exc:  # the library raises bare Exceptions
            raise ModelError(
                f"{folder / TOKENIZER} cannot be read. Install ragguide again."
            ) from exc
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._start, self._end = self._tokenizer.encode("").ids

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the tokens of each text, without special ones and of any length."""
        found = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [each.ids for each in found]

    def join(self, pairs: Sequence[tuple[list[int], list[int]]]) -> dict[str, NDArray[np.int64]]:
        """Return int64 `(n, length)`: ids, a mask of 1 for tokens, and 1 for a statement's.

        `pairs` are the tokens of a question and of a statement; what is too long is cut.
        """
        parts = [
            ([self._start, *asked[-MAX_QUESTION:], self._end], [*said[:MAX_STATEMENT], self._end])
            for asked, said in pairs
        ]
        shape = (len(parts), max(len(first) + len(second) for first, second in parts))
        ids, mask, types = (np.zeros(shape, np.int64) for _ in INPUTS)
        for row, (first, second) in enumerate(parts):
            end = len(first) + len(second)
            ids[row, :end] = [*first, *second]
            mask[row, :end] = 1
            types[row, len(first) : end] = 1
        return dict(zip(INPUTS, (ids, mask, types), strict=True))


class LazyRanker:
    """The ranker, loaded on first use."""

    def __init__(self, *, threads: int) -> None:
        self._threads = threads
        self._loading: Future[StatementRanker] | None = None
        self._lock = Lock()

    def start(self) -> None:
        """Begin to load it on another core, so that it is there when the search is done."""
        with self._lock:
            if self._loading is None:
                aside = ThreadPoolExecutor(1)
                self._loading = aside.submit(StatementRanker, threads=self._threads)
                aside.shutdown(wait=False)

    def get(self) -> StatementRanker:
        """Return the ranker. Raises ModelError as `StatementRanker`."""
        self.start()
        assert self._loading is not None
        return self._loading.result()


@lru_cache(maxsize=1)
def shared_ranker(threads: int) -> LazyRanker:
    """Return the one ranker of this process: all indexes use it."""
    return LazyRanker(threads=threads)
