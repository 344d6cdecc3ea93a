"""A model's sentences and the evidence in, sentences with checked marks out. No I/O.

Marks come from this check, never from the model: see `claims.py`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec
import sentencex

from ragguide.types import Citation, Evidence

MARKS = re.compile(r"\s((?:\[\d+\])+)(?=\s|\Z)")  # behind a sentence; others are of the guide
MARK = re.compile(r"\[(\d+)\]")
LIST_MARK = re.compile(r"\A\s*(?:[-*•]|\d{1,2}[.)])\s+")


class Checked(msgspec.Struct, frozen=True):
    """A sentence of the answer with the evidence that supports it, if any."""

    text: str
    evidence: tuple[Evidence, ...]


class SupportCheck:
    """Checks sentences against one question's evidence."""

    def __init__(
        self,
        evidence: Sequence[Evidence],
        terms_of: Callable[[str], Sequence[str]],
        rarity: Mapping[str, float],
    ) -> None:
        from ragguide.augment.claims import ClaimChecker  # 60 ms: quotes are shown before

        self._evidence = evidence
        self._checker = ClaimChecker(
            [item.text for item in evidence],
            [item.section[-2:] for item in evidence],
            terms_of,
            rarity,
        )

    def check(self, sentence: str) -> Checked:
        """Find the fewest evidence items, at most `MAX_TOGETHER`, that support a sentence."""
        support = self._checker.check(LIST_MARK.sub("", sentence))
        return Checked(sentence, tuple(self._evidence[place] for place in support.evidence))


def split_answer(text: str) -> list[str]:
    """Split text after each sentence and line; the parts joined are the text. Never empty."""
    sentences: list[str] = []
    for line in text.splitlines(keepends=True):
        pieces = list(sentencex.segment("en", line))
        sentence = ""
        for piece in pieces if "".join(pieces) == line else [line]:
            sentence += piece
            # No sentence ends within `sagemaker.Estimator` or after the "1." of a list.
            if sentence[-1:].isspace() and not LIST_MARK.fullmatch(sentence):
                sentences.append(sentence)
                sentence = ""
        if sentence:
            sentences.append(sentence)
    return sentences if sentences and not text[-1].isspace() else [*sentences, ""]


def evidence_of(citation: Citation) -> Evidence:
    """Return a quote as evidence again."""
    return Evidence(
        mark=citation.mark,
        chunk_id="",
        document=citation.document,
        section=tuple(filter(None, citation.section.split(" > "))),
        text=citation.quote,
        page_first=citation.page_first,
        page_last=citation.page_last,
        page_label=citation.page_label,
        locator=citation.locator,
        score=0.0,
    )


def with_marks(text: str, evidence: Iterable[Evidence]) -> str:
    """Return a text followed by the marks of its evidence: "Six copies. [1][2]"."""
    return f"{text} {''.join(f'[{item.mark}]' for item in evidence)}"


def citation_of(item: Evidence) -> Citation:
    return Citation(
        mark=item.mark,
        quote=item.text,
        document=item.document,
        page_first=item.page_first,
        page_last=item.page_last,
        page_label=item.page_label,
        locator=item.locator,
        section=" > ".join(item.section),
    )
