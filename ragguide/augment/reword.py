"""An answer in, another wording of it or its reason out, from the same quotes."""

import re
from collections.abc import Generator as Writer
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ragguide.augment.citations import (
    MARK,
    MARKS,
    Checked,
    SupportCheck,
    citation_of,
    evidence_of,
    with_marks,
)
from ragguide.augment.drafts import first_sentences
from ragguide.augment.injection import gives_orders
from ragguide.augment.prompt import REWORD, SYSTEM, user_message, why, wording_message
from ragguide.augment.write import Written
from ragguide.base.clock import Stopwatch
from ragguide.index.keywords import terms_of
from ragguide.retrieve.turns import Turn
from ragguide.types import Answer, Citation, Evidence, Found, Piece

if TYPE_CHECKING:
    from ragguide.types import Generator

NO_MODEL = "quotes only: rewording an answer needs a model."
NO_WORDING = "quotes only: they support no other wording of the answer."
NO_REASON = "quotes only: they give no further reason."
_MISSING = {Turn.REASON: NO_REASON}
MOST_SENTENCES = 2
_VERDICT = re.compile(r"(yes|no)\b[,.:;]\s*", re.I)
MOST_SAID = 120  # words of an answer that the model is asked to say in other words


def found_again(last: Answer) -> Found:
    """Return the results of the last answer."""
    return Found(
        hits=last.hits,
        quotes=quotes_of(last),
        refused=False,
        chance=last.chance,
        looked_for=last.looked_for,
        absent=last.absent,
    )


def quotes_of(last: Answer) -> tuple[Citation, ...]:
    """Return the quotes of an answer in the order of their marks, each once."""
    found = {each.mark: each for each in (*last.quotes, *last.citations)}
    return tuple(found[mark] for mark in sorted(found))


def reword(
    generator: "Generator",
    last: Answer,
    before: str,
    turn: Turn,
    *,
    max_tokens: int,
    rarity: Mapping[str, float],
    clock: Stopwatch,
) -> "Writer[Piece, None, Written]":
    """Yield the sentences that have support, then return the whole.

    If none has, the text is empty, and the quotes stand alone.

    Args:
        generator: loaded.
        last: the answer to reword; it has quotes.
        before: the question that it answers.
        turn: `SIMPLER`, `SHORTER` or `REASON`.
        max_tokens: limit for the text.
        rarity: inverse document frequency of the guide's terms.
        clock: gets a lap at the first word and at the end.

    Raises:
        ModelError: the generator fails while it writes.
    """
    evidence = [evidence_of(quote) for quote in quotes_of(last) if not gives_orders(quote.quote)]
    said = _said(last, evidence)
    if turn is Turn.REASON:
        system, message = SYSTEM, user_message(why(before), evidence)
    else:
        system, message = REWORD, wording_message(said, briefly=turn is Turn.SHORTER)
    prompt = generator.build_prompt(system, message)
    pieces = list(_write(generator, prompt, max_tokens))
    clock.lap("first word")
    check = SupportCheck(evidence, terms_of, rarity)
    sentences = first_sentences("".join(pieces), MOST_SENTENCES)
    found = [_checked(sentence, said, check) for sentence in sentences]
    text = " ".join(with_marks(each.text, each.evidence) for each in found if each.evidence)
    if text:
        yield Piece(text=text)
    clock.lap("rest of the answer")
    cited = {item.mark: item for each in found for item in each.evidence}
    return Written(
        text=text,
        model=generator.name,
        citations=tuple(citation_of(cited[mark]) for mark in sorted(cited)),
        tokens={"prompt": len(prompt), "answer": len(pieces)},
        degraded=() if text else (_MISSING.get(turn, NO_WORDING),),
    )


def _said(last: Answer, evidence: Sequence[Evidence]) -> str:
    """Return what an answer says without its marks; the text of its quotes if it has no text.

    Numbers in brackets that are no marks of this answer belong to the guide.
    """
    known = {str(quote.mark) for quote in quotes_of(last)}

    def without(match: re.Match[str]) -> str:
        return "" if known.issuperset(MARK.findall(match[1])) else match[0]

    said = MARKS.sub(without, last.answer) or " ".join(item.text for item in evidence)
    return " ".join(said.split()[:MOST_SAID])


def _checked(sentence: str, said: str, check: SupportCheck) -> Checked:
    """Check a sentence; one that repeats what was said counts as one without support."""
    sentence = _with_verdict(sentence, said)
    repeats = " ".join(terms_of(sentence)) in " ".join(terms_of(said))
    return Checked(sentence, ()) if repeats else check.check(sentence)


def _write(generator: "Generator", prompt: Sequence[int], max_tokens: int) -> Iterator[str]:
    """Yield the pieces of a text up to its first line break."""
    has_words = False
    for piece in generator.generate(prompt, max_tokens=max_tokens):
        if has_words and "\n" in piece:
            yield piece.partition("\n")[0]
            return
        has_words |= bool(piece.strip())
        yield piece


def _with_verdict(sentence: str, said: str) -> str:
    """Return a sentence without a "Yes" that the answer lacks; "" if the verdicts differ."""
    verdict, given = _VERDICT.match(sentence), _VERDICT.match(said)
    if verdict is None:
        return sentence
    if given is not None:
        return sentence if verdict[1].casefold() == given[1].casefold() else ""
    rest = sentence[verdict.end() :]
    return f"{rest[:1].upper()}{rest[1:]}"
