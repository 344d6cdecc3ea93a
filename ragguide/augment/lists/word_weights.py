"""The words of a question and a text in, the share that the text covers out. No I/O."""

from collections.abc import Collection, Mapping

from ragguide.augment.lists.asked import Asked
from ragguide.augment.lists.nouns import ALIKE_TERMS
from ragguide.index.keywords import STOP_WORDS, stem, terms_of

MOST_RARE = 8.0  # highest inverse document frequency for a word that occurs nowhere
RELATION_SHARE = 0.1  # factor for verbs that only join nouns
_RELATION = frozenset(
    map(
        stem,
        """
        offer provide support have include contain cover come exist use consist make need take
        give get run accept allow describe list mention name show available altogether total
        supply present belong apply require hold keep know introduce distinguish define
        different follow possible there ship built work divide split call suggest recommend
        propose tell say mean want help let see find compare
        """.split(),
    )
)


class Weights:
    """The weight of each word when two texts are compared."""

    def __init__(self, rarity: Mapping[str, float], long_forms: Mapping[str, str]) -> None:
        """Take the inverse document frequency of terms, and the long forms of acronyms."""
        self._rarity = rarity
        self._long_forms = {short.casefold(): long for short, long in long_forms.items()}
        self._most = min(MOST_RARE, max(rarity.values(), default=1.0))

    def of(self, word: str, *, with_verbs: bool = False) -> float:
        """Return a word's weight; verbs that join two nouns count little without `with_verbs`."""
        whole, *parts = terms_of(word) or [""]
        if not whole or word.casefold() in STOP_WORDS:
            return 0.0
        weight = self._rarity.get(whole)
        if weight is None:
            known = [self._rarity[part] for part in parts if part in self._rarity]
            weight = max(known, default=self._most)
        return weight * (RELATION_SHARE if whole in _RELATION and not with_verbs else 1.0)

    @property
    def highest(self) -> float:
        """The weight of a word that occurs nowhere."""
        return self._most

    def covers(self, word: str, terms: Collection[str]) -> bool:
        """Whether a text's terms include a word, its parts, a synonym or its long form."""
        whole, *parts = terms_of(word) or [""]
        has_digit = any(map(str.isdigit, word))  # GPT-4 is not covered by GPT
        if whole in terms or (parts and not has_digit and all(part in terms for part in parts)):
            return True
        if any(whole in group and not group.isdisjoint(terms) for group in ALIKE_TERMS):
            return True
        other = self._long_forms.get(word.casefold())
        return other is not None and all(term in terms for term in terms_of(other))

    def coverage(self, asked: Asked, terms: Collection[str]) -> float:
        """Return the share of the question's words, by weight, that a text's terms cover."""
        by_word = {word: self.of(word, with_verbs=asked.is_capacity) for word in asked.words}
        total = sum(by_word.values())
        covered = sum(weight for word, weight in by_word.items() if self.covers(word, terms))
        return covered / total if total else 1.0
