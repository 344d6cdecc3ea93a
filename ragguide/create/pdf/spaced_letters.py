"""A line whose letters are set apart by blanks in, its words out. No I/O."""

import math
import re
from collections.abc import Container, Sequence

from ragguide.base.english import english_shares

MIN_LETTERS = 4  # of a line
MIN_WORD = 3  # letters of its longest word
MIN_KNOWN = 4  # letters of a word within a line
MAX_WORD = 20  # letters; longer ones aren't looked for

_WORD = r"[^\W\d_](?: [^\W\d_])*"
_SPACED_OUT = re.compile(rf"{_WORD}(?: {{2,}}(?:{_WORD}|\d+(?: \d)*))*[.:!?]?")
_WITHIN = re.compile(r"(?<!\S)[^\W\d_](?: {1,3}[^\W\d_]){3,}(?![\w'’])")
_LETTER = re.compile(r"[^\W\d_]")
_LETTERS = re.compile(r"[^\W\d_]+")
_STOPS = ".:!?"
_THRICE = re.compile(r"(\w)\1\1", re.I)


class WordsOf(Container[str]):
    """The words of texts, in small letters. Texts may be added at any time; each is read once."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._n_read = 0
        self._words: set[str] = set()

    def __contains__(self, word: object) -> bool:
        for text in self._texts[self._n_read :]:
            self._words.update(_LETTERS.findall(text.casefold()))
        self._n_read = len(self._texts)
        return word in self._words


def join_spaced_letters(line: str, known: Container[str]) -> str:
    """Write "S A F E   U S E" as "SAFE USE", also within a line.

    Wider gaps part its words; if none is wider, English words do. Letters in their order are
    columns: A B C D. No word has a letter three times in a row: OCR reads boxes as O O O.

    Args:
        line: as printed.
        known: words of the document, in small letters.
    """
    spaced = line.strip()
    if _SPACED_OUT.fullmatch(spaced):
        return " ".join(_words_of(spaced, known)) or line
    return _WITHIN.sub(lambda found: _joined_within(found[0], known), line)


def _words_of(spaced: str, known: Container[str]) -> list[str]:
    """Return the words of letters set apart; none if they are columns or boxes."""
    letters = _LETTER.findall(spaced)
    words = [word.replace(" ", "") for word in re.split(" {2,}", spaced)]
    if len(letters) < MIN_LETTERS or max(map(len, words)) < MIN_WORD:
        return []
    if letters == sorted(letters) or _THRICE.search("".join(letters)):
        return []
    if len(words) == 1 and words[0].rstrip(_STOPS).casefold() not in known:
        return _english_words(words[0])
    return words


def _joined_within(spaced: str, known: Container[str]) -> str:
    """Join letters set apart within a line, if they form words that are known or English."""
    words = _words_of(spaced, known)
    n_known = sum(len(word) for word in words if len(word) >= MIN_KNOWN and _is_word(word, known))
    return " ".join(words) if 2 * n_known > len("".join(words)) else spaced


def _is_word(word: str, known: Container[str]) -> bool:
    return word.casefold() in known or word.casefold() in english_shares()


def _english_words(text: str) -> list[str]:
    """Cut letters into the most frequent English words; leave them as they are if they are none."""
    small = text.rstrip(_STOPS).casefold()
    best: list[tuple[float, tuple[int, ...]] | None] = [(0.0, ())]  # where words begin, up to here
    for end in range(1, len(small) + 1):
        found = [
            (before[0] + math.log(share), (*before[1], start))
            for start in range(max(0, end - MAX_WORD), end)
            if (before := best[start]) and (share := _share(small[start:end]))
        ]
        best.append(max(found, default=None))
    cut = best[-1]
    if cut is None:
        return [text]
    return [text[at:end] for at, end in zip(cut[1], (*cut[1][1:], len(text)), strict=True)]


def _share(word: str) -> float:
    return english_shares().get(word, 0.0) if len(word) > 1 or word in "ai" else 0.0
