"""A question in, the kind of number it asks for out; a text in, its numbers with context out.

Most questions that a guide touches but does not answer ask for a figure: a price, a limit, a
default. A passage on the topic is then not enough. It needs a number near the question's words,
and of the right kind: seconds for "how long", a count of shards for "how many shards". No I/O.
"""

import re
from collections.abc import Callable, Iterator, Sequence

import msgspec

NEAR = 14  # words on each side of a number that say what it means
BEFORE, AFTER = 2, 4  # words before and after a number in which to look for the counted thing

TermsOf = Callable[[str], Sequence[str]]

_UNITS = "one two three four five six seven eight nine".replace(" ", "|")
_TENS = "twenty thirty forty fourty fifty sixty seventy eighty ninety".replace(" ", "|")
_OTHERS = (
    "zero ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen hundred "
    "thousand million billion trillion half halves twice thrice double dozen"
).replace(" ", "|")
_SPELT = rf"(?:{_TENS})(?:[-‐‑–](?:{_UNITS}))?|{_UNITS}|{_OTHERS}"  # forty, forty-five
_FRACTION = "[¼-¾⅐-⅞↉]"  # ½ and the like
_MARK = "[⁰¹²³⁴-⁹]*"  # a power, or the mark of a note
_NUMBER = re.compile(
    rf"""[(\[~≈<>≤≥]*(?:
        [$€£]?\d+(?:[.,]\d+)*{_FRACTION}?(?:[kKMB%x×+]|[KMGT]i?B|ms|s|h)?{_MARK}  # $0.10  1½  90²
      | {_FRACTION}(?:[-–]\w+)?                                            # ½  ½-hour
      | (?:{_SPELT})(?:[-–]\w+)?                                           # forty-five  two-hour
      | \d+(?:[-–/⁄]\w+)+                                                 # 15-minute  100-200
    )[)\],.;:]*""",
    re.X | re.I,
)
_PERIOD = "(?:second|minute|hour|day|night|week|fortnight|month|quarter|year|decade)"
_DAY = "(?:mon|tues|wednes|thurs|fri|satur|sun|week)days?"
_SEASON = "(?:spring|summer|autumn|fall|winter|season)"
# A time without a figure: "in minutes", "from weeks to hours", "an hour", "a quarter of an hour".
_SPAN = re.compile(
    rf"""(?:in|within|from|to|into|few|several)\s
        (?:milliseconds|seconds|minutes|hours|days|weeks|months|years)\b
      | (?:for|about|around|nearly|almost|over|under|than|within|after|takes?|lasts?|waits?|least|
        most|half|of)\s(?:an?|one|half\san?)\s{_PERIOD}\b""",
    re.X | re.I,
)
# How often, without a figure: "each spring", "every second day", "daily", "once a month".
_OFTEN = re.compile(
    rf"""(?:each|every|per)\s(?:(?!(?:{_SPELT})\b)[a-z]+\s)?(?:{_PERIOD}|{_DAY}|{_SEASON}|morning|afternoon|evening|noon|time|
        shift|use|start|run|trip|visit)s?\b
      | (?:once|never|always|continuously|constantly|regularly|occasionally|rarely|seldom)\b
      | (?:hour|night|week|fortnight|month|quarter|year|annual|biannual|biennial|dai)(?:ly)\b
      | (?:on\s{_DAY}|in\s(?:the\s)?{_SEASON}|at\s(?:night|noon|midnight)|an?\s{_PERIOD})\b""",
    re.X | re.I,
)
# "version 13.0", "since v0.5": for "in which version …"
_VERSION = re.compile(r"\W*(?:versions?\s+v?\d|v?\d+\.\d)", re.I)
# "What is the berth's number?", and what may be one: N-2217, 17-C.
_WHICH_NUMBER = re.compile(r"\bwh(?:at|ich)\ (?:is|are|was|were)\ .*\bnumbers?\b(?!\ of\b)", re.I)
_CODE = re.compile(r"\W*(?=\S*\d)(?=\S*[A-Za-z])[A-Za-z\d]+(?:[-–/.][A-Za-z\d]+)+|\W*[A-Z]{1,3}\d")
_LIST_MARK = re.compile(r"\d+[.)]")
# Words before a number that is part of a name and counts nothing: Llama 3, step 2, table 4.
_NAMED = re.compile(
    r"\(?(?:llama|gpt|claude|titan|nova|bert|t5|yolo|python|v|version|step|section|chapter|figure|"
    r"table|part|domain|layer|phase|tier|type|http|sha)s?",
    re.I,
)
# A price, but not a name such as "Cost Explorer" or "price elasticity".
_PRICE = (
    r"(?:costs?|prices?)(?!\s+(?!(?:of|for|to|in|per|on|by|with|without|when|if|is|are|was|will|do|"
    r"does|did|and|or|an?|the|this|that|it|my|me|you|us|at|than|from|each|every|between|more|less)"
    r"\b)[^\W\d])"
)
_ASKS = re.compile(
    rf"""\b(?:
        how\ (?:many|much(?!\ of)|long|often|frequently|regularly|large|big|fast|old|far|high|low|
            deep|small|soon|late)
      | what\ (?:percent\w*|share|fraction|number|price|score|size|rank|limit|rate|age|year|date|
            amount)
      | wh(?:at|ich)\ (?:is|are)\ the\ (?:\w+\ ){{0,3}}(?:number|limit|maximum|minimum|{_PRICE}|
            size|rate|latency|percentage|default)
      | when\ (?:did|was|were)
      | (?:max|min)(?:imum|imal)? | default | {_PRICE} | charged? | charges
      | percent(?:age)? | in\ (?:milliseconds|seconds|minutes|hours|days|tokens|gb|mb|bytes)
      | size\ of | (?<!some\ )(?<!any\ )(?<!certain\ )(?<!\ba\ )number\ of
      | per\ (?:hour|month|gigabyte|gb|second|account)
      | limit | latency | timeout | quota | uptime | learning\ rate | context\ window
    )\b""",
    re.X | re.I,
)


_WHICH_VERSION = re.compile(
    r"\b(?:in|since|from|until|before|after|with|by)\s+(?:what|which)\s+(?:[\w-]+\s+)?versions?\b",
    re.I,
)
# "How many times a year", but not "how many times faster"
_HOW_OFTEN = re.compile(
    r"\bhow\ (?:often|frequently|regularly|many\ times(?!\ (?:as|more|less|\w+er)\b))\b", re.I
)
_COUNTED = re.compile(r"\b(?:how many|number of) ([a-z-]+(?: [a-z-]+)?)", re.I)
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
# Units, at the start of the text after a number's digits.
_PERCENT = r"(?:%|per ?cent)"
_MONEY = (
    r"(?:dollars?|cents?|euros?|pounds?|pence|francs?|kron(?:a|or|e|er)|yen|yuan|rupees?|USD|EUR|GBP|"
    rf"CHF|JPY|kr|{_PERCENT})"
)
_TIME = (
    r"(?:ms|s|secs?|(?:milli)?seconds?|min(?:ute)?s?|h|hours?|hrs?|days?|weeks?|months?|years?)\b"
)
_SIZE = (
    r"(?:[KMGT]i?B|(?:kilo|mega|giga|tera)?bytes?|tokens?|pixels?|characters?|words?|dimensions?|"
    r"parameters?)\b"
)
_LENGTH = r"(?:[mck]?m|met(?:er|re)s?|inch(?:es)?|feet|miles?|pages?|lines?|items?|digits?)\b"
_EXTENT = f"(?:{_TIME}|{_SIZE}|{_LENGTH})"  # answers "how long is": a trial, a passage, a pier
# Questions for a kind of number, and numbers of that kind with the two words after them.
_KINDS = tuple(
    (re.compile(asks, re.X | re.I), re.compile(answers, re.X | re.I))
    for asks, answers in (
        (
            rf"\b(?: pricing | {_PRICE} | charge[sd]? | fees? | dollars? | USD )\b",
            rf"\A\S*[$€£¥] | \A\S+\s+{_MONEY} | \A\S*%",
        ),
        (
            r"\bhow\ long\ (?:is|are|was|were)\b | \bhow\ long\b.*\bbe\W*\Z",
            rf"\A(?:\S*\d[-–]?|\S+[-–]){_EXTENT} | \A\S+\s+(?:\w+\s+)?{_EXTENT}",
        ),
        (
            _HOW_OFTEN.pattern,
            rf"""\A(?:\S*\d[-–]?|\S+[-–]){_TIME}
            | \A\S+\s+(?:\w+\s+)?(?:{_TIME} | (?:times|passes|rounds)\b) | \A\W*twice\b""",
        ),
        (
            r"""\bhow\ (?:long|soon)\b | \b(?: latency | timeout | retention )\b
            | \b(?:in|how\ many)\ (?:milli)?(?:seconds|minutes|hours|days|weeks|months|years)\b""",
            rf"\A(?:\S*\d[-–]?|\S+[-–]){_TIME} | \A\S+\s+(?:\w+\s+)?{_TIME}",
        ),
        (
            r"\b(?: percent\w* | share | fraction | uptime )\b",
            rf"\A\S*% | \A\S+\s+{_PERCENT} | \A0?\.\d",
        ),
        (
            r"\bwhen\ (?:did|was|were)\b | \b(?:what|which)\ (?:year|date)\b | \bend\ of\ life\b",
            rf"\A\W*(?:19|20)\d\d\b | \A\S+\s+{_MONTH}\b",
        ),
        (
            r"""\bhow\ (?:large|big)\b | \bsize\ of\b | \bcontext\ window\b | \bmemory\b
            | \b(?:in|how\ many)\ (?:GB|MB|tokens|bytes)\b""",
            rf"\A\S*\d[-–]?{_SIZE} | \A\S+\s+(?:\w+\s+)?{_SIZE}",
        ),
    )
)


class Wanted(msgspec.Struct, frozen=True):
    """What kind of number a question asks for."""

    told: re.Pattern[str] | None  # matches such a number; None: any number will do
    things: frozenset[str]  # terms for the counted thing; empty: anything
    spelt: re.Pattern[str] = _SPAN  # matches an answer that has no number


def wanted_number(question: str, terms_of: TermsOf) -> Wanted | None:
    """Return the kind of number that a question asks for; None if it asks for no number."""
    if _WHICH_VERSION.search(question):
        return Wanted(_VERSION, frozenset(), _VERSION)
    if not _ASKS.search(question):
        return None
    if _WHICH_NUMBER.search(question):
        return Wanted(None, frozenset(), _CODE)
    for asks, answers in _KINDS:
        if asks.search(question):
            is_often = _HOW_OFTEN.search(question) is not None
            return Wanted(answers, frozenset(), _OFTEN if is_often else _SPAN)
    counted = _COUNTED.search(question)
    return Wanted(None, frozenset(terms_of(counted[1])) if counted else frozenset())


def around_numbers(
    text: str, wanted: Wanted, terms_of: TermsOf, *, near: int = NEAR
) -> Iterator[tuple[bool, str]]:
    """Yield each number of a text that counts something, with the words around it.

    "in minutes" and "to hours" count as numbers, unless the question asks for something else.

    Yields:
        (is of the wanted kind, the number with `near` words on each side).
    """
    words = text.split()
    for i in range(len(words)):
        if wanted.things and i == 0 and words[0].casefold() == "one":
            continue  # "One shard takes in 1 MB" counts no shards
        is_number = _counts(words, i)
        is_spelt = not wanted.things and _begins(words, i, wanted.spelt)
        if not is_number and not is_spelt:
            continue
        is_wanted = _is_wanted(words, i, wanted, terms_of) or (is_spelt and wanted.spelt is _OFTEN)
        if is_number or is_wanted:
            yield is_wanted, " ".join(words[max(0, i - near) : i + near + 1])


def _is_wanted(words: Sequence[str], i: int, wanted: Wanted, terms_of: TermsOf) -> bool:
    """Whether the number at a word counts the wanted things, or is of the wanted kind."""
    if wanted.things:
        beside = " ".join(words[max(0, i - BEFORE) : i + AFTER + 1])
        return not wanted.things.isdisjoint(terms_of(beside))
    return wanted.told is None or bool(wanted.told.search(" ".join(words[i : i + 3])))


def _counts(words: Sequence[str], i: int) -> bool:
    """Whether a word is a number, but not part of a name or the mark of a list item."""
    if not _NUMBER.fullmatch(words[i]):
        return False
    return not (_NAMED.fullmatch(words[i - 1]) if i else _LIST_MARK.fullmatch(words[i]))


def _begins(words: Sequence[str], i: int, spelt: re.Pattern[str]) -> bool:
    return spelt.match(" ".join(words[i : i + 4])) is not None
