"""Pairs of evidence and claim in, what the support check says of each and how often it errs out."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from ragguide.augment.claims import ClaimChecker
from ragguide.errors import InputError

ALL = "all"  # the row that counts every kind


class Pair(msgspec.Struct, frozen=True):
    """A claim and the evidence to check it against."""

    evidence: tuple[str, ...]
    claim: str
    sections: tuple[str | tuple[str, ...], ...] = ()  # the heading or headings above each piece
    supported: bool | None = None  # whether the claim follows; None: nobody has said
    id: str = ""
    kind: str = ""


class Judged(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the check says of a pair."""

    supported: bool
    reason: str
    marks: tuple[int, ...]  # of the pieces of evidence that support the claim, from 1
    claim: str
    id: str = ""
    kind: str = ""
    expected: bool | None = None


class Errors(msgspec.Struct, frozen=True):
    """How often the check errs on the labelled pairs of a kind."""

    kind: str
    n_true: int
    n_refused: int  # of the true ones
    n_false: int
    n_marked: int  # of the false ones: these do more harm


def read_pairs(name: str, data: bytes) -> list[Pair]:
    """Read pairs, one JSON object a line.

    Args:
        name: of the file, for messages.
        data: its bytes, without a byte order mark.

    Raises:
        InputError: a line is malformed, or there is none; the message names file and line.
    """
    decoder = msgspec.json.Decoder(Pair)
    pairs = []
    for number, line in enumerate(data.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            pair = decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as exc:
            raise InputError(f"{name}, line {number}: {_plain(exc)}.") from exc
        if not pair.claim.strip():
            raise InputError(f"{name}, line {number}: the claim is empty.")
        if pair.sections and len(pair.sections) != len(pair.evidence):
            raise InputError(
                f"{name}, line {number}: {len(pair.sections)} sections for {len(pair.evidence)} "
                "pieces of evidence. Give each piece its own, or leave them out."
            )
        pairs.append(pair)
    if not pairs:
        raise InputError(
            f'{name} contains no pair. Write one JSON object a line: {{"evidence": ["…"], '
            '"claim": "…"}.'
        )
    return pairs


def judge(
    pairs: Sequence[Pair],
    terms_of: Callable[[str], Sequence[str]],
    rarity: Mapping[str, float],
) -> Iterator[Judged]:
    """Check each claim against its own evidence, as answers are checked.

    Args:
        pairs: claims and evidence.
        terms_of: how the keyword index takes a text apart.
        rarity: of terms in a guide; none: all words weigh the same.
    """
    for pair in pairs:
        checker = ClaimChecker(pair.evidence, _sections(pair), terms_of, rarity)
        support = checker.check(pair.claim)
        yield Judged(
            supported=support.supported,
            reason=support.reason,
            marks=tuple(place + 1 for place in support.evidence),
            claim=pair.claim,
            id=pair.id,
            kind=pair.kind,
            expected=pair.supported,
        )


def count_errors(judged: Sequence[Judged]) -> list[Errors]:
    """Count errors by kind, then of all; none if no pair is labelled."""
    labelled = [each for each in judged if each.expected is not None]
    if not labelled:
        return []
    kinds = sorted({each.kind for each in labelled} - {""})
    rows = [_errors(kind, [each for each in labelled if each.kind == kind]) for kind in kinds]
    return [*rows, _errors(ALL, labelled)]


def _errors(kind: str, judged: Sequence[Judged]) -> Errors:
    true = [each.supported for each in judged if each.expected]
    false = [each.supported for each in judged if not each.expected]
    return Errors(kind, len(true), true.count(False), len(false), false.count(True))


def _sections(pair: Pair) -> list[tuple[str, ...]]:
    if not pair.sections:
        return [()] * len(pair.evidence)
    return [
        tuple(title.strip() for title in each.split(" > ")) if isinstance(each, str) else each
        for each in pair.sections
    ]


def _plain(exc: Exception) -> str:
    """A decoder's message, without its full stop."""
    return str(exc).rstrip(".").replace("Object missing", "missing")
