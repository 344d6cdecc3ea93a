"""A claim and evidence in, whether the evidence supports the claim and why not out. No I/O.

A claim is supported by a piece of evidence that has enough of its words and says the same of them:
the same numbers, names and units, of the same things, denied, allowed and bounded alike. Words
alone are not enough: "GPT-4 has 175 billion parameters" is made of the words of two true sentences.
A claim of two parts may have one piece of evidence for each. The rules are in `support/`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import msgspec

from ragguide.augment.support.abbreviations import abbreviate, abbreviations
from ragguide.augment.support.alignment import Alignment, titled_predicate, uncovered_part
from ragguide.augment.support.comparand import said_of_comparand
from ragguide.augment.support.comparison import compare_sides
from ragguide.augment.support.conditions import dropped_condition
from ragguide.augment.support.denial import wrong_denial
from ragguide.augment.support.direction import wrong_direction
from ragguide.augment.support.equality import wrong_equality
from ragguide.augment.support.figures import wrong_figure
from ragguide.augment.support.labels import other_label
from ragguide.augment.support.modality import wrong_modal
from ragguide.augment.support.naming import wrong_name
from ragguide.augment.support.order import wrong_order
from ragguide.augment.support.quantifiers import wrong_amount, wrong_only, wrong_together
from ragguide.augment.support.reading import Reading, read
from ragguide.augment.support.roles import swapped_roles
from ragguide.augment.support.siblings import mixed_parts
from ragguide.augment.support.slots import wrong_slot
from ragguide.augment.support.substitutes import (
    other_compound,
    other_member,
    other_name,
    other_referent,
    other_section,
    other_sort,
    other_subject,
)
from ragguide.augment.support.tokens import Token
from ragguide.augment.titles import unnumbered

MIN_COVERED = 0.65  # share of a claim's words, weighted by rarity, that its evidence must have
MIN_RELATED = 0.34  # share from which on evidence speaks of the same thing at all
MAX_TOGETHER = 2  # pieces of evidence that may support one claim, each a part of it
MOST_ALONE = 0.85  # share from which on one piece decides, and no two of them together
NEARLY = 0.2  # a piece that has so much less of a claim than the best one can't overrule it
FEWEST_AFTER_YES = 3  # words of a claim that only says yes or no: "Yes, it does."

TOO_FEW = "the evidence has too few of the claim's words"

_OF_TWO = re.compile(r"\b(?:vs|versus|or)\b", re.I)  # names two: doesn't say which one is meant
_ASSENT = re.compile(
    r"\A\s*(?:yes\b[,.:;!]*|no[,.:;!]+|so\b,?|according to (?:the|this) \w+,)\s*", re.I
)
_PART = re.compile(
    r";\s+|,?\s+(?:and|while|whereas|but)\s+|,\s+(?=(?:[A-Za-z]+\s+){1,3}(?:is|are|has|have|runs?)\b)"
)
_PRONOUN = re.compile(r"\A\s*(?:it|its|this|these|they|their|he|she)\b", re.I)


class Support(msgspec.Struct, frozen=True):
    """Whether evidence supports a claim."""

    supported: bool
    reason: str  # in plain words
    evidence: tuple[int, ...]  # places of the pieces that support it; none: it isn't supported


class ClaimChecker:
    """Checks claims against the same pieces of evidence."""

    def __init__(
        self,
        evidence: Sequence[str],
        sections: Sequence[Sequence[str]],
        terms_of: Callable[[str], Sequence[str]] | None = None,
        rarity: Mapping[str, float] | None = None,
    ) -> None:
        """Take the evidence, the titles above each piece, and how rare the guide's terms are.

        Args:
            evidence: sentences of the guide.
            sections: titles above each of them, the nearest last.
            terms_of: how the guide's index takes a text apart; None: as words stand.
            rarity: of terms; none: all words weigh the same.
        """
        titles = [
            [unnumbered(title) for title in section if not _OF_TWO.search(title)]
            for section in sections
        ]
        self._short_of = abbreviations([*evidence, *(t for section in titles for t in section)])
        self._terms_of = terms_of
        self._rarity = rarity or {}
        self._unknown = max(self._rarity.values(), default=1.0)
        self._stated = [read(abbreviate(text, self._short_of)) for text in evidence]
        self._titles = [
            [read(abbreviate(title, self._short_of)) for title in section] for section in titles
        ]

    def check(self, claim: str) -> Support:
        """Find the fewest pieces of evidence that support a claim; of equally few, the best."""
        said = _ASSENT.sub("", claim)
        text = abbreviate(said, self._short_of)
        reading = read(text)
        if not self._says_something(reading, assents=said != claim):
            return Support(False, "the claim says too little to be checked", ())
        if not self._stated:
            return Support(False, "there is no evidence", ())
        alone, best = self._alone(reading)
        if alone.supported or best >= MOST_ALONE:
            return alone
        return self._together(text) or alone

    def _says_something(self, reading: Reading, *, assents: bool) -> bool:
        named = any(token.kind != "word" for token in reading.content)
        fewest = FEWEST_AFTER_YES if assents and not named else 1
        return len(reading.content) >= fewest

    def _alone(self, claim: Reading) -> tuple[Support, float]:
        """Find one piece of evidence that supports a claim.

        Returns:
            it, or why the piece that has most of the claim's words doesn't support it; the share of
            them that it has.
        """
        found = [
            Alignment(claim, stated, titles, self._weight)
            for stated, titles in zip(self._stated, self._titles, strict=True)
        ]
        order = sorted(range(len(found)), key=lambda i: (-found[i].coverage, i))
        best = found[order[0]].coverage
        reasons = []
        for i in order:
            if found[i].coverage < best - NEARLY:
                break
            others = [stated for j, stated in enumerate(self._stated) if j != i]
            reason = self._objection(found[i], others)
            if not reason:
                return Support(True, "the evidence says so", (i,)), best
            reasons.append(reason)
        return Support(False, reasons[0], ()), best

    def _together(self, text: str) -> Support | None:
        """Find two pieces of evidence that support one part of a claim each."""
        for match in _PART.finditer(text):
            first, second = read(text[: match.start()]), read(text[match.end() :])
            if min(len(first.content), len(second.content)) < 2:
                continue
            parts = [self._alone(first)[0], self._alone(second)[0]]
            if all(part.supported for part in parts):
                places = dict.fromkeys(place for part in parts for place in part.evidence)
                return Support(True, "the evidence says so", tuple(sorted(places)))
        return None

    def _objection(self, found: Alignment, others: Sequence[Reading]) -> str:
        """Say why a piece of evidence doesn't support a claim; none: an empty string."""
        if found.coverage < MIN_RELATED:
            return TOO_FEW
        return next(filter(None, self._objections(found, others)), "")

    def _objections(self, found: Alignment, others: Sequence[Reading]) -> Iterator[str]:
        """Yield what each rule says, an empty string where it has no objection."""
        weights = {t.text: self._weight(t) / self._unknown for t in found.claim.content}
        yield wrong_figure(found)
        yield wrong_name(found, weights)
        yield TOO_FEW if found.coverage < MIN_COVERED else ""
        yield uncovered_part(found)
        yield titled_predicate(found)
        yield other_member(found)
        reason, turned = compare_sides(found)
        yield reason
        yield said_of_comparand(found)
        yield wrong_equality(found)
        yield wrong_slot(found)
        yield wrong_order(found)
        yield wrong_denial(found, turned)
        yield wrong_modal(found)
        yield wrong_only(found)
        yield wrong_together(found)
        yield wrong_amount(found)
        yield swapped_roles(found)
        yield wrong_direction(found)
        yield mixed_parts(found)
        yield other_compound(found)
        yield other_sort(found)
        yield other_name(found)
        yield other_referent(found)
        yield other_subject(found, others)
        yield other_section(found, others)
        yield other_label(found, others)
        yield dropped_condition(found)

    def _weight(self, token: Token) -> float:
        terms = self._terms_of(token.text) if self._terms_of else ()
        return max((self._rarity.get(term, self._unknown) for term in terms), default=self._unknown)


def check_claim(
    claim: str, evidence: Sequence[str], sections: Sequence[Sequence[str]] = ()
) -> Support:
    """Decide whether evidence supports a claim; all words weigh the same."""
    return ClaimChecker(evidence, sections or [()] * len(evidence)).check(claim)
