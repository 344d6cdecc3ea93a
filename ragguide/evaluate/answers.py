"""A case and an answer in, scores between 0 and 1 out. No I/O."""

import re
import string
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from ragguide.evaluate.ranking import pages_met
from ragguide.evaluate.records import Case, Outcome, Quoted

# The marks of a sentence follow it after a space. `a[0]` and "(see [12])" are the guide's own.
_MARKS = re.compile(r"\s((?:\[(?:\d+|\?)\])+)(?=\s|\Z)")
_ARTICLE = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
_STRAIGHT = str.maketrans("‘’ʼ‑–−", "'''---")
_EMPHASIS = re.compile(r"(?<!\w)[*_`]+(?=\S)|(?<=\S)[*_`]+(?!\w)")
_MISREAD = re.compile(r"\bal(?=\b|\d)")
# Thai, Lao, Burmese, Khmer, Japanese and Chinese put no spaces between words.
_UNSPACED_LETTERS = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
)
_UNSPACED = re.compile(f"[{_UNSPACED_LETTERS}]")
_WORD_START = rf"(?<![^\W{_UNSPACED_LETTERS}])(?<!-)"


def text_of(answer: str) -> str:
    """Return an answer without its citation marks."""
    return _MARKS.sub("", answer)


def marks_of(answer: str) -> list[list[str]]:
    """Return the marks of each marked sentence, in order; "?" is a mark without evidence."""
    return [found[1:-1].split("][") for found in _MARKS.findall(answer)]


# ── SQuAD ───────────────────────────────────────────────────────────────────────────────────────


def normalise(text: str) -> str:
    """Return a text as SQuAD compares it: lower case, no punctuation, no articles, single spaces.

    Source: the steps of `normalize_answer` in the official evaluation script for SQuAD 2.0
    (Rajpurkar, Jia & Liang, ACL 2018).
    """
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def squad_scores(case: Case, said: str) -> tuple[float, float]:
    """Return exact match and token F1, each against its best reference.

    The right answer to an unanswerable question is empty. Source: see `normalise`.
    """
    references = [r for r in (case.answer, *case.other_answers) if normalise(r)]
    if not (case.is_answerable and references):
        references = [""]
    return (
        max(float(normalise(reference) == normalise(said)) for reference in references),
        max(
            _token_f1(normalise(reference).split(), normalise(said).split())
            for reference in references
        ),
    )


def _token_f1(reference: Sequence[str], said: Sequence[str]) -> float:
    if not reference or not said:
        return float(reference == said)
    n_shared = (Counter(reference) & Counter(said)).total()
    return 2 * n_shared / (len(reference) + len(said))


# ── facts ───────────────────────────────────────────────────────────────────────────────────────


def fold(text: str) -> str:
    """Return a text as facts are compared.

    Case is folded, white space collapsed, Markdown emphasis removed, apostrophes and dashes
    straightened. The word `al` becomes `ai`, because OCR misreads it.
    """
    plain = without_emphasis(text.translate(_STRAIGHT).casefold())
    return _MISREAD.sub("ai", " ".join(plain.split()))


def without_emphasis(text: str) -> str:
    """Return a text without the marks of Markdown emphasis and code: `**bold**` becomes `bold`."""
    return _EMPHASIS.sub("", text)


def says(folded: str, fact: Sequence[str]) -> bool:
    """Return whether a folded text contains one of a fact's alternatives.

    An alternative begins where a word or number begins, so "art" is not in "start", and "5" not in
    "2.5". One that ends in a digit ends where the number ends, so "1.5" is not in "1.53". Other
    endings are free: "node" is in "nodes".
    """
    return any(_says_one(folded, fold(alternative)) for alternative in fact)


def _says_one(folded: str, wording: str) -> bool:
    return wording in folded and _whole_words(wording).search(folded) is not None


@lru_cache(maxsize=1024)
def _whole_words(wording: str) -> re.Pattern[str]:
    start = "" if _UNSPACED.match(wording) else _WORD_START
    if wording[:1].isdigit():
        start += r"(?<!\d[.,])"
    end = r"(?![.,]?\d)" if wording[-1:].isdigit() else ""
    return re.compile(f"{start}{re.escape(wording)}{end}")


def fact_recall(case: Case, said: str) -> float:
    """Return the share of a case's facts that a text states. The case must have facts."""
    folded = fold(said)
    return sum(says(folded, fact) for fact in case.facts) / len(case.facts)


# ── citations ───────────────────────────────────────────────────────────────────────────────────


def citation_scores(case: Case, cited: Sequence[Quoted]) -> tuple[float, float]:
    """Return precision and recall of citations: on a gold page, and needed pages that are cited.

    Both are 0 if nothing is cited.
    """
    on_gold, share_met = pages_met(case, [(c.document, c.page_first, c.page_last) for c in cited])
    return sum(on_gold) / len(on_gold) if on_gold else 0.0, share_met


def first_cited(outcome: Outcome) -> tuple[Quoted, ...]:
    """Return the citations of the answer's first mark; none if it has no mark."""
    known = {str(citation.mark) for citation in outcome.citations}
    first = next((m for marks in marks_of(outcome.answer) for m in marks if m in known), None)
    return tuple(c for c in outcome.citations if str(c.mark) == first)


def support(answer: str) -> float | None:
    """Return the share of an answer's sentences with evidence; None if it has no sentences."""
    marked = marks_of(answer)
    return sum(marks != ["?"] for marks in marked) / len(marked) if marked else None
