"""A case and what was said in, shares between 0 and 1 out. No I/O."""

import re
import string
from collections import Counter
from collections.abc import Sequence

from ragguide.evaluate.ranking import pages_met
from ragguide.evaluate.records import Case, Outcome, Quoted

_MARK = re.compile(r"\s*\[(?:\d+|\?)\]")
_MARKED = re.compile(r"(?:\[\d+\])+|\[\?\]")  # one for each sentence
_CITED = re.compile(r"\[(\d+)\]")
_ARTICLE = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
_STRAIGHT = str.maketrans("‘’ʼ", "'''")
_MISREAD = re.compile(r"\bal\b")


def text_of(answer: str) -> str:
    """An answer without its marks."""
    return _MARK.sub("", answer)


# ── SQuAD ───────────────────────────────────────────────────────────────────────────────────────


def normalise(text: str) -> str:
    """Lower case, no punctuation, no articles, single spaces: what SQuAD compares.

    Source: `normalize_answer` of the official evaluation script for SQuAD 2.0 (Rajpurkar, Jia &
    Liang, ACL 2018), step by step.
    """
    return " ".join(_ARTICLE.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def squad_scores(case: Case, said: str) -> tuple[float, float]:
    """Exact match and token F1, each with the reference that it is best with.

    The right answer to a question without one is to say nothing. Source: as `normalise`.
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
    """The form that facts are compared in.

    Case folded, white space collapsed, apostrophes straight, and the word `al` read as `ai`, since
    a scan reads so.
    """
    flat = " ".join(text.translate(_STRAIGHT).casefold().split())
    return _MISREAD.sub("ai", flat)


def says(folded: str, fact: Sequence[str]) -> bool:
    """Whether one of a fact's alternatives occurs in a folded text."""
    return any(fold(alternative) in folded for alternative in fact)


def fact_recall(case: Case, said: str) -> float:
    """Share of a case's facts that a text states; the case has some."""
    folded = fold(said)
    return sum(says(folded, fact) for fact in case.facts) / len(case.facts)


# ── citations ───────────────────────────────────────────────────────────────────────────────────


def citation_scores(case: Case, cited: Sequence[Quoted]) -> tuple[float, float]:
    """Share of citations on a gold page, and share of the needed pages that they name.

    Nothing cited is nothing right.
    """
    on_gold, share_met = pages_met(case, [(c.document, c.page_first, c.page_last) for c in cited])
    return sum(on_gold) / len(on_gold) if on_gold else 0.0, share_met


def first_cited(outcome: Outcome) -> tuple[Quoted, ...]:
    """What the first mark of the answer names; nothing without a mark."""
    mark = _CITED.search(outcome.answer)
    return tuple(c for c in outcome.citations if mark is not None and c.mark == int(mark[1]))


def support(answer: str) -> float | None:
    """Share of an answer's sentences that are marked with evidence; None if there are none."""
    marked = _MARKED.findall(answer)
    return sum(mark != "[?]" for mark in marked) / len(marked) if marked else None
