"""Sentences in, what they claim out: terms, numbers, names, and whether they deny. No I/O.

A sentence agrees with what is stated if that holds its numbers and names, the numbers beside its
own words, and denies where it denies. Words alone are not enough: "GPT-4 has 175 billion
parameters" is made of the words of two true sentences.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from math import fsum

import msgspec

USUAL = 0.45  # of the greatest rarity; less has a word of a tenth of all passages, about
BESIDE = 0.6  # share of a clause's words that must stand where its number stands
FEWEST_AFTER_YES = 3  # terms of a claim that only says yes or no: "Yes, it does."

_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*")
_SPELT = {
    word: str(n)
    for n, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
        "fifteen sixteen seventeen eighteen nineteen twenty".split()
    )
}
_SEPARATOR = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")  # 1,000
# Capitals, a capital within, or a digit beside letters: AWS, SageMaker, P3dn, F1.
_NAME = re.compile(r"\b(?:[A-Z]{2,}\w*|\w*[a-z][A-Z]\w*|(?=\w*[^\W\d_])\w*\d\w*)\b")
# A capital within a sentence: Kendra. At its beginning any word has one.
_CAPITALISED = re.compile(r"(?<=[\w,;)] )[A-Z][a-z]+\b")
# A name whose number tells it from others of its kind: GPT-4, Llama 3, Claude 3.5.
_VERSIONED = re.compile(r"\b([A-Z][A-Za-z]*)[- ](\d+(?:\.\d+)*)\b(?!\s*(?:%|percent\b))")
_NUMBERED = re.compile(r"\A(?:chapter|section|part)?\s*\d+(?:\.\d+)*\.?\s+", re.I)
_WORD = re.compile(r"\w+")
_NEGATION = re.compile(r"\b(?:not|no|never|cannot|without|none|neither|nor)\b|n['’]t\b", re.I)
_ASSENT = re.compile(r"\A\s*(?:yes|no)\b[,.:;]*\s*", re.I)
_CLAUSE = re.compile(
    r"[,;:.!?()]\s|\s[–—-]\s|\b(?:and|but|because|since|while|whereas|although|so)\b"
)


class Claim(msgspec.Struct, frozen=True):
    """What a sentence says."""

    text: str
    terms: frozenset[str]
    weight: float  # of its terms
    numbers: frozenset[str]
    names: frozenset[str]
    versioned: frozenset[str]
    denies: bool
    assents: bool  # begins with yes or no

    @property
    def says_something(self) -> bool:
        """Whether there is enough of it to be held against anything."""
        named = self.numbers or self.names or self.versioned
        fewest = FEWEST_AFTER_YES if self.assents and not named else 1
        return len(self.terms) >= fewest


class Stated(msgspec.Struct, frozen=True):
    """What a piece of evidence says."""

    text: str
    terms: frozenset[str]  # of its section's titles, too
    numbers: frozenset[str]
    words: frozenset[str]
    plain: str  # small letters, words alone, its titles first: where a versioned name is sought


class ClaimReader:
    """Reads claims and evidence by the words of one guide."""

    def __init__(
        self, terms_of: Callable[[str], Sequence[str]], rarity: Mapping[str, float]
    ) -> None:
        """Take how a text is taken apart into terms, and how rare they are in the guide."""
        self._terms_of = terms_of
        self._rarity = rarity
        self._unknown = max(rarity.values(), default=1.0)  # a word that the guide never uses

    def claim(self, sentence: str) -> Claim:
        """Read a sentence that is to be checked."""
        said = _ASSENT.sub("", sentence)
        terms = frozenset(self._terms_of(said))
        pairs = [
            match for match in _VERSIONED.finditer(said) if self._terms_of(match[1].casefold())
        ]
        rest = said
        for match in pairs:
            rest = rest.replace(match[0], match[1])
        return Claim(
            text=said,
            terms=terms,
            weight=self.weight(terms),
            numbers=frozenset(_numbers(rest)),
            names=frozenset(self._names(rest)),
            versioned=frozenset(_plain(match[0]) for match in pairs),
            denies=bool(_NEGATION.search(sentence)),
            assents=said != sentence,
        )

    def stated(self, text: str, titles: Sequence[str] = ()) -> Stated:
        """Read a piece of evidence, and the titles that it stands under."""
        titles = list(map(unnumbered, titles))
        whole = " ".join((*titles, text))
        return Stated(
            text=text,
            terms=frozenset(self._terms_of(whole)),
            numbers=frozenset(_numbers(whole)),
            words=frozenset(_folded(_WORD.findall(whole))),
            plain=f" {_plain(whole)} ",
        )

    def agrees(self, claim: Claim, items: Sequence[Stated]) -> bool:
        """Whether items hold a claim's numbers and names, deny as it does, and are all needed."""
        numbers = frozenset[str]().union(*(item.numbers for item in items))
        words = frozenset[str]().union(*(item.words for item in items))
        return (
            claim.numbers <= numbers | {"1"}  # "one" is often no number
            and claim.names <= words
            and all(any(f" {name} " in item.plain for item in items) for name in claim.versioned)
            and self._all_add(claim, items)
            and all(self._counts(claim, item, items) for item in items)
            and self._denies(items, claim) == claim.denies
        )

    def weight(self, terms: frozenset[str] | set[str]) -> float:
        """How much terms weigh together, each by its rarity."""
        # fsum, since a set has another order in every process
        return fsum(self._rarity.get(term, self._unknown) for term in terms)

    def _names(self, sentence: str) -> set[str]:
        """Names that must stand in the evidence, folded; "Amazon" may be all over the guide."""
        capitalised = [
            word
            for word in _CAPITALISED.findall(sentence)
            if self.weight(set(self._terms_of(word))) > USUAL * self._unknown
        ]
        return _folded([*_NAME.findall(sentence), *capitalised])

    def _all_add(self, claim: Claim, items: Sequence[Stated]) -> bool:
        """Whether each item holds a word that the others lack: a "not" alone lends no support."""
        return all(
            (claim.terms & item.terms).difference(*(o.terms for o in items if o is not item))
            for item in items
        )

    def _counts(self, claim: Claim, item: Stated, items: Sequence[Stated]) -> bool:
        """Whether a number that this item alone brings stands beside enough of the claim."""
        others = frozenset[str]().union(*(o.numbers for o in items if o is not item))
        own = (claim.numbers & item.numbers) - others
        if not own:
            return True
        if claim.versioned and not any(f" {name} " in item.plain for name in claim.versioned):
            return False
        parts = [part for part in _CLAUSE.split(claim.text) if _numbers(part) & own]
        terms = frozenset(self._terms_of(" ".join(parts)))
        return self.weight(terms & item.terms) >= BESIDE * self.weight(terms)

    def _denies(self, items: Sequence[Stated], claim: Claim) -> bool:
        """Whether what is nearest to a claim denies, in any of the items; to one that denies, all.

        "It reads CSV, but not Parquet" does not deny that it reads CSV.
        """
        if claim.denies:
            return any(_NEGATION.search(item.text) for item in items)
        return any(_NEGATION.search(self._nearest(item, claim)) for item in items)

    def _nearest(self, item: Stated, claim: Claim) -> str:
        """The clause of an item that shares most with a claim; of equals, the first."""
        clauses = [clause for clause in _CLAUSE.split(item.text) if clause.strip()] or [""]
        shared = [self.weight(claim.terms & set(self._terms_of(clause))) for clause in clauses]
        return clauses[shared.index(max(shared))]


def unnumbered(title: str) -> str:
    """A title without its chapter's number, which counts nothing."""
    return _NUMBERED.sub("", title)


def _numbers(text: str) -> set[str]:
    """Numbers of a text, `1,000` and `1000` as one, and up to twenty `seven` and `7` too."""
    spelt = {_SPELT[word] for word in _WORD.findall(text.casefold()) if word in _SPELT}
    return spelt | {_SEPARATOR.sub("", number) for number in _NUMBER.findall(text)}


def _folded(words: Sequence[str]) -> set[str]:
    """Words in lower case, singular and plural as one: GPU and GPUs."""
    return {word.casefold().removesuffix("s") for word in words}


def _plain(text: str) -> str:
    return " ".join(re.findall(r"\w+(?:\.\d+)*", text.casefold()))
