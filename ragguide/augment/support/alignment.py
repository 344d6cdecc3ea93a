"""A claim and a piece of evidence in, which word of the one answers which of the other out."""

from collections.abc import Callable, Iterable, Sequence
from math import fsum

import msgspec

from ragguide.augment.support.clauses import Clause
from ragguide.augment.support.opposites import are_opposite
from ragguide.augment.support.reading import Reading
from ragguide.augment.support.synonyms import same_meaning
from ragguide.augment.support.tokens import Token

Weigh = Callable[[Token], float]
LIGHT_SHARE = 0.3  # of a word's weight that *happen* or *make* has
LEAST_OF_PART = 0.34  # share of a clause's words that the evidence must have
_LEAST_WORDS = 2  # of a clause that is checked by itself
_EXACT, _SAME, _OPPOSITE = 4, 3, 2
_COPULAS = frozenset("is are was were".split())


class Pair(msgspec.Struct, frozen=True):
    """A word of the claim and the word of the evidence that it answers."""

    claimed: Token
    stated: Token
    is_opposite: bool
    is_reused: bool = False  # another word of the claim answers the same word


class Alignment:
    """How a claim lies over a piece of evidence."""

    def __init__(
        self, claim: Reading, stated: Reading, titles: Sequence[Reading], weigh: Weigh
    ) -> None:
        self.claim = claim
        self.stated = stated
        self._weigh = weigh
        self.titles = [token for title in titles for token in title.content]
        self.sentence = self._best_sentence()
        self.pairs = self._pair()
        self.by_place = {pair.claimed.place: pair for pair in self.pairs}
        self.claimed_places = {pair.stated.place for pair in self.pairs}
        self.titled = {
            token.place
            for token in claim.content
            if token.place not in self.by_place
            and any(likeness(token, other) > _OPPOSITE for other in self.titles)
        }

    @property
    def coverage(self) -> float:
        """Weighted share of the claim's words that the evidence or its titles hold."""
        words = self.claim.content
        covered = self.weight(
            t for t in words if t.place in self.by_place or t.place in self.titled
        )
        total = self.weight(words)
        if (
            total and self._same_modal()
        ):  # "must" has the weight of a word: it may answer "required"
            weight = total / len(words)
            covered, total = covered + weight, total + weight
        return covered / total if total else 0.0

    def _same_modal(self) -> bool:
        """Whether both demand, or both limit, something."""
        claimed = {modal for clause in self.claim.clauses for modal, _ in clause.modals}
        stated = {modal for clause in self.stated.clauses for modal, _ in clause.modals}
        return "must" in claimed & stated or any(clause.only for clause in self.claim.clauses)

    def weight(self, tokens: Iterable[Token]) -> float:
        """How much words weigh together."""
        return fsum(
            self._weigh(token) * (LIGHT_SHARE if token.is_light else 1.0) for token in tokens
        )

    def pairs_of(self, clause: Clause) -> list[Pair]:
        """The pairs of a clause of the claim."""
        return [self.by_place[t.place] for t in clause.content if t.place in self.by_place]

    def clause_for(self, clause: Clause) -> Clause | None:
        """The clause of the evidence that shares most with a clause of the claim."""
        weights: dict[int, float] = {}
        for pair in self.pairs_of(clause):
            number = pair.stated.clause
            weights[number] = weights.get(number, 0.0) + self.weight([pair.stated])
        if not weights:
            return None
        best = max(weights, key=lambda number: (weights[number], -number))
        return self.stated.clauses[best]

    def is_claimed(self, token: Token) -> bool:
        """Whether the claim has a word for a word of the evidence."""
        return token.place in self.claimed_places or any(
            likeness(own, token) > _OPPOSITE for own in self.claim.content
        )

    def _best_sentence(self) -> int:
        shared: dict[int, float] = {}
        for own in self.claim.content:
            for number in {other.sentence for other in self.stated.content if likeness(own, other)}:
                shared[number] = shared.get(number, 0.0) + self.weight([own])
        return max(shared, key=lambda number: (shared[number], -number)) if shared else 0

    def _pair(self) -> list[Pair]:
        near = [token for token in self.stated.content if token.sentence == self.sentence]
        far = [token for token in self.stated.content if token.sentence != self.sentence]
        pairs = _in_order(self.claim.content, near)
        for tokens, may_reuse in ((near, False), (far, False), (near, True), (far, True)):
            self._pair_rest(pairs, tokens, may_reuse=may_reuse)
        return sorted(pairs, key=lambda pair: pair.claimed.place)

    def _pair_rest(self, pairs: list[Pair], stated: Sequence[Token], *, may_reuse: bool) -> None:
        """Add to pairs: each word that is in none yet, with the likest of some words."""
        used = {pair.stated.place for pair in pairs}
        done = {pair.claimed.place for pair in pairs}
        for token in self.claim.content:
            free = [other for other in stated if may_reuse or other.place not in used]
            other = _likest(token, free) if token.place not in done else None
            if other is None:
                continue
            is_opposite = likeness(token, other) == _OPPOSITE
            if is_opposite and (may_reuse or has_same(token, self.stated.content)):
                continue
            pairs.append(Pair(token, other, is_opposite, may_reuse))
            used.add(other.place)


def uncovered_part(found: Alignment) -> str:
    """Say which clause of the claim the evidence says next to nothing of; none: an empty string."""
    for clause in found.claim.clauses:
        if len(clause.content) < _LEAST_WORDS:
            continue
        known = found.by_place.keys() | found.titled
        covered = [token for token in clause.content if token.place in known]
        if found.weight(covered) < LEAST_OF_PART * found.weight(clause.content):
            words = " ".join(token.text for token in clause.content)
            return f'the evidence says nothing of "{words}"'
    return ""


def titled_predicate(found: Alignment) -> str:
    """Say what the claim says of its subject in words of the titles alone; nothing: "".

    The title "Open source projects" doesn't say that a project is open source.
    """
    for clause in found.claim.clauses:
        predicate = () if clause.is_condition else _predicate(clause)
        titled = [token for token in predicate if token.place in found.titled]
        stated = [token for token in predicate if token.place in found.by_place]
        if len(titled) > 1 and found.weight(titled) > found.weight(stated):
            words = " ".join(token.text for token in titled)
            return f'only a title has "{words}", the evidence does not say it'
    return ""


def _predicate(clause: Clause) -> list[Token]:
    """The content words behind "is"."""
    places = [i for i, token in enumerate(clause.tokens) if token.text.casefold() in _COPULAS]
    return [token for token in clause.tokens[places[0] :] if token.is_content] if places else []


def likeness(claimed: Token, stated: Token) -> int:
    """How far two words agree: 0 not at all; an opposite counts little."""
    if claimed.quantity is not None or stated.quantity is not None:
        return _likeness_of_quantities(claimed, stated)
    if claimed.date is not None or stated.date is not None:
        return _likeness_of_dates(claimed, stated)
    if claimed.kind == "ordinal" or stated.kind == "ordinal":
        return _EXACT if claimed.order == stated.order else 0
    return _likeness_of_words(claimed, stated)


def _likeness_of_quantities(claimed: Token, stated: Token) -> int:
    if claimed.quantity is None or stated.quantity is None:
        return _SAME if _counts_alike(claimed, stated) else 0
    return _EXACT if claimed.quantity.equals(stated.quantity) else 0


def _likeness_of_dates(claimed: Token, stated: Token) -> int:
    if claimed.date is None or stated.date is None:
        return 0
    return _EXACT if claimed.date.within(stated.date) else 0


def _likeness_of_words(claimed: Token, stated: Token) -> int:
    if claimed.key == stated.key:
        return _EXACT
    if claimed.kind == "name" and stated.kind == "name":
        return _SAME if _folded(claimed.text) == _folded(stated.text) else 0
    if same_meaning(claimed.key, stated.key):
        return _SAME
    return _OPPOSITE if are_opposite(claimed.key, stated.key) else 0


def _likest(claimed: Token, stated: Sequence[Token]) -> Token | None:
    """The word of some that agrees most with a word, of equals the nearest; None: none agrees."""
    alike = [other for other in stated if likeness(claimed, other)]
    return max(
        alike,
        key=lambda other: (likeness(claimed, other), -abs(other.place - claimed.place)),
        default=None,
    )


def _counts_alike(one: Token, other: Token) -> bool:
    """Whether "step 2" meets "the second step", or a year its date."""
    number, rest = (one, other) if one.quantity is not None else (other, one)
    assert number.quantity is not None
    value = number.quantity.values[0]
    if number.quantity.unit is not None:
        return False
    if rest.date is not None:
        return value == rest.date.year
    return rest.order > 0 and value == rest.order


def _folded(text: str) -> str:
    return text.casefold().removesuffix("s")


def has_same(token: Token, others: Iterable[Token]) -> bool:
    """Whether one of some words says the same as a word, or nearly."""
    return any(likeness(token, other) > _OPPOSITE for other in others)


def _in_order(claimed: Sequence[Token], stated: Sequence[Token]) -> list[Pair]:
    """Pair words that both have in the same order, as many and as alike as can be."""
    level = [[likeness(one, other) for other in stated] for one in claimed]
    best = _best_sums(level, len(stated))
    pairs = []
    i = j = 0
    while i < len(claimed) and j < len(stated):
        if level[i][j] and best[i][j] == best[i + 1][j + 1] + level[i][j]:
            is_opposite = level[i][j] == _OPPOSITE
            if not (is_opposite and has_same(claimed[i], stated)):
                pairs.append(Pair(claimed[i], stated[j], is_opposite))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return pairs


def _best_sums(level: Sequence[Sequence[int]], n_stated: int) -> list[list[int]]:
    """Highest sum of likeness, in order, of the words from i and from j on: (n + 1, m + 1)."""
    best = [[0] * (n_stated + 1) for _ in range(len(level) + 1)]
    for i in range(len(level) - 1, -1, -1):
        for j in range(n_stated - 1, -1, -1):
            paired = best[i + 1][j + 1] + level[i][j] if level[i][j] else 0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    return best
