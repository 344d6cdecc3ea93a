"""Bytes of a text file that is not UTF-8 in, its encoding out. No I/O.

Such a file decodes in many encodings without an error, to other letters in each. The right encoding
gives words whose letters belong to one language, the frequent ones more often. charset-normalizer
3.5.2 takes 83 bytes of Russian in KOI8-R for Japanese, so languages are scored here.
"""

import codecs
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from ragguide.create.formats.letters import (
    ARABIC,
    CHINESE,
    CYRILLIC,
    GREEK,
    HEBREW,
    KOREAN,
    LATIN,
    THAI,
)

SAMPLE_BYTES = 16_384  # of lines with bytes beyond ASCII
MIN_LATIN = 0.7  # of the foreign letters are in words that a language could have
FEW_WORDS = 5  # in these, one frequent word is no evidence
MIN_SCORE = 0.5  # of other scripts; right decodings reach .6 to 1.0
MIN_LEAD = 0.05  # over the score of the next script
CAPITALS_WEIGHT = 0.9  # of a text all in capitals, which wrong encodings of Hebrew give
MAX_INVALID = 0.01  # of the characters beyond ASCII, and one more
MIN_KANA = 0.1  # of the characters of a Japanese text

_BROWSER_ENCODINGS = {  # encoding → the larger one as which browsers read it
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_LATIN_ENCODINGS = (
    "cp1252", "iso8859-15", "cp1250", "iso8859-2", "cp1254", "cp1257", "mac-roman", "cp850",
)  # fmt: skip
_WORD = re.compile(r"[^\W\d_µªº¹²³¼½¾]+")  # `²` is a word character to Python
_PLAIN_WORD = re.compile(r"(?<![^\W\d_'’])[a-z]{1,6}(?![^\W\d_'’])")
_KANA = re.compile(r"[\u3041-\u30ff]")
_HANZI = re.compile(r"[\u4e00-\u9fff]")
_HANGUL = re.compile(r"[\uac00-\ud7a3]")
_FOREIGN = re.compile(r"[^\x00-\x7f]")
_THAI_MARK_ALONE = re.compile(r"(?<![\u0e01-\u0e4e])[\u0e30-\u0e3a\u0e45-\u0e4e]")
_ASCII_LETTER = re.compile(r"[a-zA-Z]")
_STRAY = re.compile(  # signs between letters, and those that texts do not use
    r"(?<=[^\W\d_])[^\w\s\x00-\x7f’·\xad‐](?=[^\W\d_])|(?<=[a-z])[µªº¹²³¼½¾](?=[a-z])"
    r"|(?<=[a-z])[‚„†‡‰€¿¡¶](?=[\s.,])"
    r"|[^\w\s\x00-\x7f‘’“”„‚«»‹›–—…•·€£¥§©®™°±×÷¶†‡‰¿¡\xa0\xad‐]"
)
_WIDE_IN_WORD = re.compile(r"[a-zA-Z][\u3041-\u9fff\uac00-\ud7a3][a-z]")


def named_encoding(name: str) -> str | None:
    """Return the encoding that a page or its server names, as browsers read it.

    None if that is no encoding of text, or UTF-8, which is tried anyway.
    """
    try:
        known = codecs.lookup(name).name
        b"\xe4".decode(known, "replace")  # some codecs are not of text, or replace nothing
    except (LookupError, ValueError):
        return None
    return None if known in ("utf-8", "ascii") else _BROWSER_ENCODINGS.get(known, known)


def guess_encoding(data: bytes) -> str | None:
    """Return the encoding of a text that is not valid UTF-8; None if none fits clearly."""
    if _is_damaged_utf8(data):
        return "utf-8"
    lines = (line for line in data.split(b"\n") if not line.isascii())
    sample = b""
    while len(sample) < SAMPLE_BYTES and (line := next(lines, b"")):
        sample += line[:SAMPLE_BYTES] + b"\n"
    return _guess_latin(sample) or _guess_script(sample)


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether most bytes beyond ASCII form characters of UTF-8."""
    text = data.decode("utf-8", "replace")
    n_bad = text.count("\ufffd")
    return len(_FOREIGN.findall(text)) - n_bad > 4 * n_bad


# ── Latin letters ───────────────────────────────────────────────────────────────────────────────


def _guess_latin(data: bytes) -> str | None:
    scores = [(encoding, *_score_latin(data, encoding)) for encoding in _LATIN_ENCODINGS]
    encoding, fit, _ = max(scores, key=lambda item: item[1] + item[2])  # the first of equals
    return encoding if fit >= MIN_LATIN else None


def _score_latin(data: bytes, encoding: str) -> tuple[float, float]:
    """Return the share of foreign letters in words of any language, and how well one fits.

    The second figure is the share of letters in words of one language, plus the share of its
    frequent words.
    """
    text = data.decode(encoding, "replace")
    words = Counter(word for word in _WORD.findall(text) if not word.isascii())
    foreign = {word: sum(not c.isascii() for c in word) * n for word, n in words.items()}
    if 2 * sum(foreign.values()) > sum(len(word) * n for word, n in words.items()) + 1:
        return 0.0, 0.0
    n_all = sum(foreign.values()) + len(_STRAY.findall(text))
    if not n_all:
        return 1.0, 1.0  # only signs, such as dashes
    letters = {word: _foreign_letters(word) for word in words}
    plain = Counter(_PLAIN_WORD.findall(text.lower()))
    best = 0.0
    known: set[str] = set()
    for alphabet, frequent in LATIN:
        theirs = {word for word, used in letters.items() if used and used <= alphabet}
        known |= theirs
        share = sum(map(foreign.__getitem__, theirs)) / n_all
        best = max(best, share + _share_of(plain, frequent))
    return sum(map(foreign.__getitem__, known)) / n_all, best


def _share_of(words: Counter[str], frequent: frozenset[str]) -> float:
    """Return the share of a language's frequent words; small in a text of few words."""
    return sum(words[word] for word in frequent) / (words.total() + FEW_WORDS)


def _foreign_letters(word: str) -> set[str]:
    """Return a word's letters beyond ASCII; none if its capitals stand where nobody puts them."""
    if not (word.islower() or word.isupper() or word[1:].islower()):
        return set()
    return {letter for letter in word.lower() if not letter.isascii()}


# ── other scripts ───────────────────────────────────────────────────────────────────────────────


def _guess_script(data: bytes) -> str | None:
    best = sorted((_best_of(data, *script) for script in _SCRIPTS), reverse=True)
    (score, encoding), (second, _) = best[:2]
    return encoding if score >= MIN_SCORE and score >= second + MIN_LEAD else None


def _best_of(
    data: bytes, score: Callable[[str], float], encodings: tuple[str, ...]
) -> tuple[float, str]:
    """Return the highest score that an encoding of a script has, and the encoding."""
    best = (0.0, "")
    for encoding in encodings:
        text = data.decode(encoding, "replace")
        if MAX_INVALID * len(_FOREIGN.findall(text)) < text.count("\ufffd") - 1:
            continue
        best = max(best, (score(text), encoding), key=lambda item: item[0])
    return best


def _score_letters(text: str, alphabets: Sequence[str]) -> float:
    """Return the mean weight of foreign characters: frequent letters near 1, signs 0."""
    n_foreign = len(_FOREIGN.findall(text)) - sum(text.count(sign) for sign in "«»„“”—–…’№")
    letters = "".join(
        word.lower()
        for word in _WORD.findall(text)
        if not _ASCII_LETTER.search(word)
        and (word.lower() == word or word.isupper() or word[1:].islower())
    )
    weight = _weigh(letters, alphabets) * (CAPITALS_WEIGHT if text.isupper() else 1)
    return weight / n_foreign if n_foreign > 0 else 0.0


def _weigh(letters: str, alphabets: Sequence[str]) -> float:
    """Return the sum of the letters' weights in the alphabet that fits best."""
    return max(
        sum(1 - alphabet.index(c) / len(alphabet) for c in letters if c in alphabet)
        for alphabet in alphabets
    )


def _score_thai(text: str) -> float:
    n_foreign = len(_FOREIGN.findall(text))
    if not n_foreign or _THAI_MARK_ALONE.search(text):
        return 0.0
    return _weigh(text, THAI) / n_foreign


def _score_japanese(text: str) -> float:
    """Count kana and punctuation fully, kanji by half; without kana it is not Japanese."""
    n_foreign = len(_FOREIGN.findall(text))
    n_kana = len(_KANA.findall(text))
    if n_kana <= MIN_KANA * n_foreign or _WIDE_IN_WORD.search(text):
        return 0.0
    n_signs = sum(text.count(sign) for sign in "。、・「」（）")
    return (n_kana + n_signs + 0.5 * len(_HANZI.findall(text))) / n_foreign


def _score_chinese(text: str) -> float:
    n_foreign = len(_FOREIGN.findall(text)) - sum(text.count(sign) for sign in "。，、：；！？（）")
    n_kana = len(_KANA.findall(text))
    if n_foreign <= 0 or n_kana > MIN_KANA * n_foreign or _WIDE_IN_WORD.search(text):
        return 0.0
    n_frequent = sum(letter in CHINESE for letter in text)
    return (0.5 * len(_HANZI.findall(text)) + n_frequent) / n_foreign


def _score_korean(text: str) -> float:
    n_foreign = len(_FOREIGN.findall(text))
    if not n_foreign or _WIDE_IN_WORD.search(text):
        return 0.0
    n_frequent = sum(letter in KOREAN for letter in text)
    return (0.5 * len(_HANGUL.findall(text)) + n_frequent) / n_foreign


_SCRIPTS: tuple[tuple[Callable[[str], float], tuple[str, ...]], ...] = (
    (
        partial(_score_letters, alphabets=CYRILLIC),
        ("cp1251", "koi8-r", "koi8-u", "cp866", "iso8859-5", "mac-cyrillic"),
    ),
    (partial(_score_letters, alphabets=GREEK), ("cp1253", "iso8859-7")),
    (partial(_score_letters, alphabets=HEBREW), ("cp1255", "iso8859-8")),
    (partial(_score_letters, alphabets=ARABIC), ("cp1256", "iso8859-6")),
    (_score_thai, ("cp874",)),
    (_score_japanese, ("cp932", "euc_jp", "euc_jis_2004")),
    (_score_chinese, ("gb18030", "big5hkscs")),
    (_score_korean, ("cp949",)),
)
