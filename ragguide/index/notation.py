"""A text in, terms for what its words alone do not show out: numbers in groups, names, CJK.

`keywords.terms_of` uses it for texts and for questions, so both have the same terms.
"""

import re
import unicodedata
from collections.abc import Iterator

# Chinese, Japanese and Korean. No word ends at a space there, so pairs of characters are terms:
# they find as much as a segmenter's words (Nie et al., "On the use of words and n-grams for Chinese
# information retrieval", IRAL 2000), without a dictionary. Single Chinese characters are often
# words, so they are terms, too.
_HAN = "\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
CJK = f"{_HAN}\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uac00-\ud7af"
_IS_HAN = re.compile(f"[{_HAN}]")
is_cjk = re.compile(f"[{CJK}]").match  # whether a word begins in one of these scripts
# What only asks, as English stop words do: "what", "what does it mean", "where", "how many".
_ASKING = re.compile(
    r"""
      (?:表示|代表|意味着|指的?)?是?(?:什么|什麼|甚麼)(?:意思|时候|時候|地方)?
    | 为什么|為什麼|为何|為何 | 怎么样?|怎麼樣?|怎样|怎樣|如何
    | 哪[里裡儿兒个個些种種一] | 是?(?:多少|多久|多长时间|多長時間) | 请问|請問|是否|有没有|有沒有
    | [吗嗎呢]\Z | 谁|誰 | (?<!幾)何(?=[時分秒日月年回個人度本枚番])
    | (?:は|って|とは|が)?(?:どういう|どんな|何の)意味(?:(?:なの|なん)?ですか|でしょうか|なの|か\Z)?
    | (?:と?は)?(?:何|なん|なに|どこ|どれ|いつ|だれ|誰|なぜ|いくら|いくつ)
      (?:ですか|でしょうか|ありますか|か\Z|\Z)
    | どこ[にでへ]|どうやって|どうすれば|どうして|どのように|どの(?:くらい|ぐらい)?|なぜ
    | どれ(?:くらい|ぐらい)|いつ(?!も)|ですか(?!ら)|でしょうか|(?<=す)か\Z
    | (?:무엇|누구|언제|어디|어떻게|얼마나|무슨)[가-힣]* | 뜻(?:인가요|입니까|이에요|이야)\Z
    """,
    re.X,
)
# Particles, which stand alone only beside a code: E7は, E7은.
_PARTICLE = re.compile("[はがをにへともでの은는이가을를의에로와과도]")

# 8,192 and 8'192, also with a no-break space; Indian groups have two digits: 1,00,000.
GROUPED = r"(?<![\d.,])\d{1,3}(?:(?:,\d{2,3})*,\d{3}|(?:['’\u00a0\u2009\u202f]\d{3})+)(?![\d,'’])"
_SEPARATOR = re.compile(r"[,'’\u00a0\u2009\u202f]")
_SPACED = re.compile(r"(?<![\d.,])(?<!\d )\d{1,3}(?: \d{3})+(?! ?\d)(?![.,]\d)")

# German and other thousands, or a decimal number: 12.500.
_DOTTED = re.compile(r"(?<![\w.,])[1-9]\d{0,2}(?:\.\d{3})+(?![.,]?\w)")
# An option of one letter, whose case matters: -r and -R.
_OPTION = re.compile(r"(?<![\w/-])-[A-Za-z](?![\w-])")

# A single letter after a word that it names: Plan A, tram I, "vitamin a?"; also plans B, C and D.
_LETTER_NAME = re.compile(
    r"""\b(?P<before>[^\W\d_]{2,})\ (?:
        (?: (?P<list>[A-Z](?:(?:,\ (?:and\ |or\ )?|\ (?:and|or|und|oder|et|ou|y|o)\ |/)[A-Z])+)
          | (?P<range>[A-Z](?:\ (?:to|bis)\ |–|-)[A-Z])
          | [A-HJ-Z]
        )(?!['’.-]?\w|[+#])
      | (?P<i>[Ii])(?!['’.-]?\w)
      | (?P<small>a)(?=\W*\Z|\s*[?!,;:.)])
    )""",
    re.X,
)
# Words of capitals that are stressed, not named.
_STRESSED = frozenset(
    """
    ALL AND ANY DO DOES FOR FROM HAVE IF MAY MORE MOST NO NOT ON ONE ONLY OR SHALL SHOULD SO THE
    THEN THIS TO USE WHEN WILL WITH YOU YOUR
    """.split()
)
_CAPITALS = re.compile(r"(?<![\w'’-])[A-Z]{2,}(?![\w'’-])")


# Ligatures, and letters and digits as wide or as narrow as Chinese and Japanese ones.
_COMPATIBLE = re.compile("[\ufb00-\ufb06\uff01-\uffef]")


def with_usual_letters(word: str) -> str:
    """Return a word with ﬁ as fi, １ as 1 and ｶ as カ."""
    return unicodedata.normalize("NFKC", word) if _COMPATIBLE.search(word) else word


def without_groups(number: str) -> str:
    """Return a number of `GROUPED` without its separators: 8192."""
    return _SEPARATOR.sub("", number)


def pairs_of(run: str) -> Iterator[str]:
    """Yield the pairs of characters of a run of `CJK`, and its Chinese characters."""
    for i, character in enumerate(run):
        if len(run) == 1 or _IS_HAN.match(character):
            yield character
        if i + 1 < len(run):
            yield run[i : i + 2]


def without_asking(run: str) -> Iterator[str]:
    """Yield the parts of a run of `CJK` around what only asks, without lone particles."""
    for part in _ASKING.split(run):
        if part and not _PARTICLE.fullmatch(part):
            yield part


def joined_numbers(text: str) -> Iterator[str]:
    """Yield the numbers whose groups a space or a dot separates: 8 192, 8.192.

    They may also be two numbers, or have decimals.
    """
    for match in _SPACED.finditer(text):
        yield match[0].replace(" ", "")
    for match in _DOTTED.finditer(text):
        yield match[0].replace(".", "")


def options_in(text: str) -> list[str]:
    """Return the options of one letter, in their case: -r, -R."""
    return _OPTION.findall(text)


def with_spaced_numbers_joined(text: str) -> str:
    """Return a text with `8 192` as `8,192`, which is one word."""
    return _SPACED.sub(lambda match: match[0].replace(" ", ","), text)


def letter_names(text: str, stop_words: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield the single letters that name something, with the word before them.

    `plans A, C and D` yields ("plans", "A"), ("plans", "C"), ("plans", "D"); `plans A to C` yields
    B, too.
    """
    for match in _LETTER_NAME.finditer(text):
        if match["before"].casefold() in stop_words:
            continue
        if match["list"]:
            letters = [letter for letter in match["list"] if letter.isupper()]
        elif match["range"]:
            first, last = match["range"][0], match["range"][-1]
            letters = [chr(code) for code in range(ord(first), ord(last) + 1)]
        else:
            letters = [match[0][-1].upper()]
        for letter in letters:
            yield match["before"], letter


def names_of_stop_words(text: str, stop_words: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield letters and stop words that are names: the word before them, or "", and the name.

    `plan A` yields ("plan", "A"), `WHO guidance` yields ("", "WHO").
    """
    yield from letter_names(text, stop_words)
    for match in _CAPITALS.finditer(text):
        name = match[0]
        if name.casefold() in stop_words and name not in _STRESSED and _is_name(match):
            yield "", name


def _is_name(match: re.Match[str]) -> bool:
    """Whether the line around a word of capitals has small letters, or this word only."""
    text = match.string
    start = text.rfind("\n", 0, match.start()) + 1
    end = text.find("\n", match.end())
    line = text[start : end if end >= 0 else len(text)]
    return any(map(str.islower, line)) or line.strip(" #*?.!:") == match[0]
