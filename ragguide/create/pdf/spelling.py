"""Lines in, the same lines with misread letters corrected out. No I/O.

OCR reads `AI` as `Al`, `CI/CD` as `Cl/CD`, `TrainingJob` as `Traininglob`. A word is corrected only
if the right form occurs in the same document, or if the wrong one cannot be a word. There is no
dictionary: a form without a better one in the document may be intended.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import msgspec

MAX_WRONG_SHARE = 0.2  # a misread form occurs at most this often, relative to the right one

# Short forms in which OCR reads a capital I as l, 1 or |. Longer forms are proven by repetition.
_SHORT_FORMS = frozenset(
    "API APIs AMI AMIs BI CI CLI GUI IAM ID IDs IO IP IT IoT KPI KPIs PII SDI UI".split()
)
_COMPOUNDS = frozenset("AI/ML ML/AI CI/CD UI/UX".split())
_TOKEN = re.compile(r"[A-Za-z0-9|][A-Za-z0-9|/'-]*[A-Za-z0-9|]|[A-Za-z0-9|]")
_WORDS = re.compile(r"[A-Za-z]+")
_AI = re.compile(r"(?<![A-Za-z])Al(?![A-Za-z])|(?<=[a-z]{3})Al\b")  # "Al", "Al21", "OpenAl"
_CAMEL_JOB = re.compile(r"(?<=[a-z])lob(?=s?\b|[A-Z])")
_BAR_IN_WORD = re.compile(r"(?<![|\w])[A-Za-z]*\|[A-Za-z']+")
_G_FOR_Q = re.compile(r"\b[Gg]u[a-z]{3,}\b")


class Rewrite(msgspec.Struct, frozen=True, order=True):
    """A corrected word, and how often it was corrected."""

    wrong: str
    right: str
    count: int


class Spelling:
    """Corrects misread words with the document's own vocabulary."""

    def __init__(self, lines: Iterable[str]) -> None:
        """Learn the vocabulary from all lines of the document."""
        self._words: Counter[str] = Counter()
        self._folded: Counter[str] = Counter()
        self._pairs: set[tuple[str, str]] = set()
        after_al: Counter[str] = Counter()
        for line in lines:
            tokens = _TOKEN.findall(line)
            self._words.update(tokens)
            words = [word.casefold() for word in _WORDS.findall(_BAR_IN_WORD.sub("", line))]
            self._folded.update(words)
            pairs = list(pairwise(words))
            self._pairs.update(pairs)
            after_al.update(b for a, b in pairs if a == "al")
        # After "Al" as a name, as in "Al Gore", comes a word that occurs nowhere else.
        self._al_only = {word for word, n in after_al.items() if n == self._folded[word]}
        self._mentions_ai = "AI" in self._words or ("artificial", "intelligence") in self._pairs
        self._counts: Counter[tuple[str, str]] = Counter()

    @property
    def rewrites(self) -> list[Rewrite]:
        """Corrections so far, sorted by the wrong form."""
        return sorted(Rewrite(wrong, right, n) for (wrong, right), n in self._counts.items())

    def correct(self, line: str) -> str:
        """Return the line with its misread words corrected."""
        line = _BAR_IN_WORD.sub(lambda m: self._note(m[0], self._without_bar(m[0])), line)
        if self._mentions_ai:
            line = _AI.sub(lambda m: self._note("Al", self._al(line, m.end())), line)
        line = _TOKEN.sub(lambda m: self._note(m[0], self._token(m[0])), line)
        return _G_FOR_Q.sub(lambda m: self._note(m[0], self._with_q(m[0])), line)

    def _note(self, wrong: str, right: str) -> str:
        if right != wrong:
            self._counts[wrong, right] += 1
        return right

    def _al(self, line: str, end: int) -> str:
        following = _WORDS.match(line[end:].lstrip())
        if following and following[0][0].isupper() and following[0].casefold() in self._al_only:
            return "Al"
        return "AI"

    def _without_bar(self, word: str) -> str:
        """Correct `|t's` to It's and `|Issue` to Issue: to the form that the document uses."""
        for right in (word.replace("|", "I"), word.replace("|", "")):
            stem = _WORDS.findall(right.casefold())
            if right in _SHORT_FORMS or (
                stem and self._folded[stem[0]] + self._folded[stem[0] + "s"]
            ):
                return right
        return word

    def _token(self, token: str) -> str:
        if "/" in token:
            right = re.sub(r"(?<=[A-Z])[l1](?=/|$)|(?<=/)l(?=[A-Z])", "I", token)
            if right in _COMPOUNDS:
                return right
            if "Al" in token.split("/"):
                return token
        right = re.sub(r"(?<=[A-Z])[l1](?=[A-Zs]|$)|^l(?=[A-Z])", "I", token)
        if right in _SHORT_FORMS and right != token and self._words[right] > 0:
            return right
        return _CAMEL_JOB.sub(lambda m: "Job" if self._is_job(token[: m.start()]) else m[0], token)

    def _is_job(self, before: str) -> bool:
        """Whether the text has the two words apart: "training job" for "TrainingJob"."""
        last = re.findall(r"[A-Z]?[a-z]+$", before)
        return bool(last) and bool(
            {(last[0].casefold(), "job"), (last[0].casefold(), "jobs")} & self._pairs
        )

    def _with_q(self, word: str) -> str:
        """Correct `guestion` to question if the document uses that, and the other rarely."""
        right = ("Q" if word[0] == "G" else "q") + word[1:]
        n_right, n_wrong = self._folded[right.casefold()], self._folded[word.casefold()]
        return right if n_right and n_wrong <= MAX_WRONG_SHARE * n_right else word


def correct_lines(lines: Sequence[str]) -> tuple[list[str], list[Rewrite]]:
    """Correct all lines of a document; also return the corrections."""
    spelling = Spelling(lines)
    return [spelling.correct(line) for line in lines], spelling.rewrites
