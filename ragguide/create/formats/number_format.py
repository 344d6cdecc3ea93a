"""A cell's value and number format in, the text that Excel shows out. No I/O.

Two differences from Excel: dates are in ISO form, and a negative number has a minus sign where
Excel shows it red or in parentheses, because a quote has no colours and `(5)` reads as an aside.
"""

import datetime
import operator
import re
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

import msgspec

MAX_PLACES = 30  # digits of a format, and decimal places of a number; Excel calculates with 15

_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|[_*].|\[\$(?P<symbol>[^\]-]*)[^\]]*\]'
    r"|\[(?P<test><=|>=|<>|=|<|>)(?P<limit>-?[\d.]+)\]|\[[^\]]*\]"
    r"|(?P<exponent>[eE][+-]0+)|(?P<general>General)|(?P<other>.)",
    re.S | re.I,
)
_SECTION = re.compile(r'((?:"[^"]*"?|\\.|\[[^\]]*\]|[^;])*)(?:;|$)', re.S)
_TIME = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|[_*].|\[(?P<all>h+|m+|s+)\]|\[[^\]]*\]'
    r"|(?P<part>h+|m+|s+)|(?P<fraction>\.0+)|(?P<other>.)",
    re.S | re.I,
)
_LITERALS = re.compile(r'"[^"]*"?|\\.|[_*].|\[[^\]]*\]')
_NOT_ZERO = re.compile(r"[1-9]")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_UNIT_SECONDS = {"h": 3600, "m": 60, "s": 1}
_TESTS = {
    "<": operator.lt, ">": operator.gt, "<=": operator.le, ">=": operator.ge,
    "=": operator.eq, "<>": operator.ne,
}  # fmt: skip


class _Section(msgspec.Struct, frozen=True):
    """One of the parts of a format, which semicolons separate."""

    tokens: tuple[tuple[str, str], ...]  # kind and text: `text`, `0`, `general`, …
    test: str = ""
    limit: float = 0.0

    def has(self, *kinds: str) -> bool:
        return any(kind in kinds for kind, _ in self.tokens)

    def is_dash(self) -> bool:
        """Whether this shows zero as a dash, perhaps with a currency, and not as a word."""
        words = "".join(text for kind, text in self.tokens if kind == "text")
        is_fixed = bool(self.tokens) and not self.has("0", "#", "general")
        return is_fixed and not _LETTERS.search(words)

    def rounds_to_zero(self, shown: str) -> bool:
        return self.has("0", "#", "?") and not _NOT_ZERO.search(shown)


def show_number(value: float, code: str) -> str:
    """Return a number as a format shows it: `0.0 "kg"` makes `18.0 kg` of 18."""
    sections = [section for section in _read(code or "General") if not section.has("@")]
    if not sections or value != value or abs(value) == float("inf"):
        return f"{value:.15g}"
    section = _section_for(value, sections)
    shown = _shown(abs(value), section) if section.tokens else ""  # no tokens: hidden
    if value >= 0 or not shown or section.rounds_to_zero(shown):
        return shown
    if section is not sections[0]:  # it may show the sign in its own way
        shown = re.sub(r"[()]", "", shown).strip(" -−")
    return "-" + shown


def show_text(value: str, code: str) -> str:
    """Return a text as a format shows it: `"No. "@` makes `No. 7` of `7`."""
    if "@" not in code or code == "@":
        return value
    section = next(section for section in reversed(_read(code)) if section.has("@"))
    return "".join(value if kind == "@" else text for kind, text in section.tokens)


def show_date(value: datetime.datetime, code: str) -> str:
    """Return a date in ISO form, with the parts that the format shows."""
    parts = _parts(code)
    time = _iso_time(value.time())
    if "h" in parts and not parts & {"d", "y"}:
        return time
    if "y" in parts and "d" not in parts and "h" not in parts:
        return f"{value:%Y-%m}" if "m" in parts else f"{value:%Y}"
    hides_time = "y" in parts and "h" not in parts
    return value.date().isoformat() + ("" if hides_time or not any(_clock(value)) else f" {time}")


def show_time(value: datetime.time, code: str) -> str:
    """Return a time of day, or, if the format is `mm:ss`, how long something took.

    openpyxl returns a time for 0 in formats of dates, too: in `d.m.yyyy` it is midnight.
    """
    parts = _parts(code)
    if "s" not in parts or parts & {"d", "h", "y"}:
        return _iso_time(value)
    elapsed = datetime.datetime.combine(datetime.date.min, value) - datetime.datetime.min
    return show_elapsed(elapsed, code)


def show_elapsed(value: datetime.timedelta, code: str) -> str:
    """Return a duration as a format shows it: `[h]:mm` makes `60:00` of two days and a half."""
    seconds = abs(value.total_seconds())
    shown = ""
    for found in _TIME.finditer(code.split(";")[0]):
        if letters := found["all"] or found["part"]:
            unit = letters[0].lower()
            number = int(seconds // _UNIT_SECONDS[unit])
            number = number if found["all"] else number % (24 if unit == "h" else 60)
            shown += f"{number:0{len(letters)}d}"
        elif found["fraction"]:
            n_decimals = min(len(found["fraction"]) - 1, 6)
            shown += f"{seconds % 1:.{n_decimals}f}"[1:]
        else:
            shown += found["quoted"] or found["escaped"] or found["other"] or ""
    return ("-" if value < datetime.timedelta() else "") + shown.strip()


def _parts(code: str) -> set[str]:
    """Return the letters of a format of dates: `h`, `m` and their like."""
    return set(_LITERALS.sub("", code.split(";")[0]).lower())


def _iso_time(value: datetime.time) -> str:
    return value.isoformat("seconds" if value.second or value.microsecond else "minutes")


def _clock(value: datetime.datetime) -> tuple[int, int, int, int]:
    return value.hour, value.minute, value.second, value.microsecond


# ── formats ─────────────────────────────────────────────────────────────────────────────────────


@lru_cache(maxsize=256)
def _read(code: str) -> tuple[_Section, ...]:
    parts = [found[1] for found in _SECTION.finditer(code)]
    return tuple(_read_section(part) for part in parts[: code.count(";") + 1][:4])


def _read_section(code: str) -> _Section:
    tokens: list[tuple[str, str]] = []
    test, limit = "", 0.0
    for found in _TOKEN.finditer(code):
        if found["test"]:
            test, limit = found["test"], float(found["limit"])
        elif found["exponent"]:
            tokens.append(("exponent", found["exponent"]))
        elif found["general"]:
            tokens.append(("general", ""))
        elif found["other"]:
            sign = found["other"]
            tokens.append((sign if sign in "0#?.,%@/" else "text", sign))
        elif text := found["quoted"] or found["escaped"] or found["symbol"]:
            tokens.append(("text", text))
    return _Section(tuple(tokens), test, limit)


def _section_for(value: float, sections: list[_Section]) -> _Section:
    tested = [section for section in sections if section.test]
    for section in tested:
        if _TESTS[section.test](value, section.limit):
            return section
    if tested:
        return next((section for section in sections if not section.test), sections[-1])
    if value < 0 and len(sections) > 1:
        return sections[1]
    if value == 0 and len(sections) > 2 and not sections[2].is_dash():
        return sections[2]
    return sections[0]


def _shown(value: float, section: _Section) -> str:
    """Return a number that is not negative in one section of a format."""
    if section.has("general") or not section.has("0", "#", "?"):
        return _fill(section, f"{value:.15g}").strip()
    if section.has("exponent"):
        return _scientific(value, section)
    if section.has("/"):
        return _fraction(value, section)
    tokens, number = _scaled(section.tokens, Decimal(repr(value)))
    kinds = [kind for kind, _ in tokens]
    point = kinds.index(".") if "." in kinds else len(kinds)
    places = [kind for kind in kinds[point:] if kind in "0#?"][:MAX_PLACES]
    rounded = number.quantize(Decimal(1).scaleb(-len(places)), rounding=ROUND_HALF_UP)
    whole, _, decimals = f"{rounded:f}".partition(".")
    n_needed = max((i for i, kind in enumerate(places, start=1) if kind == "0"), default=0)
    kept = decimals.rstrip("0").ljust(n_needed, "0")
    return (_whole(tokens[:point], whole) + _decimals(tokens[point:], kept)).strip()


def _scaled(
    tokens: tuple[tuple[str, str], ...], number: Decimal
) -> tuple[list[tuple[str, str]], Decimal]:
    """Apply percent signs and the commas that divide by a thousand; return the other tokens."""
    kept: list[tuple[str, str]] = []
    kinds = [kind for kind, _ in tokens]
    last = max(i for i, kind in enumerate(kinds) if kind in "0#?")
    point = kinds.index(".") if "." in kinds else len(kinds)
    last_whole = max((i for i, kind in enumerate(kinds[:point]) if kind in "0#?"), default=-1)
    for i, (kind, text) in enumerate(tokens):
        if kind == "%":
            number *= 100
        divides = kind == "," and (i > last or last_whole < i < point)
        if divides:
            number /= 1000
        else:
            kept.append((kind, text))
    return kept, number


def _whole(tokens: list[tuple[str, str]], digits: str) -> str:
    """Return the part before the point; literals may stand between its digits."""
    kinds = [kind for kind, _ in tokens]
    n_places = sum(kind in "0#?" for kind in kinds)
    n_needed = min(sum(kind == "0" for kind in kinds), MAX_PLACES)
    digits = digits.lstrip("0").rjust(n_needed, "0")
    if "," in kinds:
        first = next(i for i, kind in enumerate(kinds) if kind in "0#?,")
        before, after = (_literals(part) for part in (tokens[:first], tokens[first:]))
        return before + (f"{int(digits):,}" if digits else "") + after
    shown = ""
    for kind, text in reversed(tokens):
        if kind not in "0#?":
            shown = text + shown
            continue
        n_places -= 1
        at = max(0, len(digits) - 1) if n_places else 0  # the first place takes all that is left
        shown, digits = digits[at:] + shown, digits[:at]
    return shown


def _literals(tokens: list[tuple[str, str]]) -> str:
    return "".join(text for kind, text in tokens if kind not in "0#?,")


def _decimals(tokens: list[tuple[str, str]], digits: str) -> str:
    shown = ""
    for kind, text in tokens:
        if kind in "0#?":
            shown, digits = shown + digits[:1], digits[1:]
        elif kind != "." or digits:
            shown += text
    return shown


def _scientific(value: float, section: _Section) -> str:
    kinds = [kind for kind, _ in section.tokens]
    mantissa = kinds[: kinds.index("exponent")]
    n_decimals = (
        sum(kind in "0#?" for kind in mantissa[mantissa.index(".") :]) if "." in mantissa else 0
    )
    number, _, exponent = f"{value:.{min(n_decimals, MAX_PLACES)}E}".partition("E")
    style = section.tokens[kinds.index("exponent")][1]
    sign = "-" if exponent.startswith("-") else "+" if style[1] == "+" else ""
    return _fill(section, f"{number}E{sign}{abs(int(exponent)):0{len(style) - 2}d}").strip()


def _fraction(value: float, section: _Section) -> str:
    kinds = [kind for kind, _ in section.tokens]
    bar = kinds.index("/")
    below = "".join(text for _, text in section.tokens[bar + 1 :]).strip()
    digits = re.match(r"[?#0]+|\d+", below)
    exact = Fraction(repr(value))
    if digits and digits[0].isdecimal() and int(digits[0]):
        denominator = int(digits[0])
        numerator = round(exact * denominator)
    else:
        near = exact.limit_denominator(10 ** min(len(digits[0]) if digits else 1, 5) - 1)
        numerator, denominator = near.numerator, near.denominator
    whole = 0
    has_whole = any(kind in "0#?" and "text" in kinds[i:bar] for i, kind in enumerate(kinds[:bar]))
    if has_whole:
        whole, numerator = divmod(numerator, denominator)
    if not numerator or denominator == 1:
        return str(whole + numerator)
    return (f"{whole} " if whole else "") + f"{numerator}/{denominator}"


def _fill(section: _Section, number: str) -> str:
    """Return a number between the literals of a section."""
    shown, is_filled = "", False
    for kind, text in section.tokens:
        if kind == "text":
            shown += text
        elif not is_filled:
            shown, is_filled = shown + number, True
    return shown if is_filled else shown or number
