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

_SPELT = (
    "one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty fifty "
    "hundred thousand million billion half twice double zero dozen"
).replace(" ", "|")
_NUMBER = re.compile(
    rf"""[(\[~≈<>≤≥]*(?:
        [$€£]?\d+(?:[.,]\d+)*(?:[kKMB%x×+]|[KMGT]i?B|ms|s|h)?   # 1,000  $0.10  90%  16GB
      | (?:{_SPELT})
      | \d+(?:[-–/]\w+)+                                       # 15-minute  100-200
    )[)\],.;:]*""",
    re.X | re.I,
)
# A time without a figure: "in minutes", "from weeks to hours".
_SPAN = re.compile(
    r"""(?:in|within|from|to|into|few|several)\s
        (?:milliseconds|seconds|minutes|hours|days|weeks|months|years)\b""",
    re.X | re.I,
)
_LIST_MARK = re.compile(r"\d+[.)]")
# Words before a number that is part of a name and counts nothing: Llama 3, step 2, table 4.
_NAMED = re.compile(
    r"\(?(?:llama|gpt|claude|titan|nova|bert|t5|yolo|python|v|version|step|section|chapter|figure|"
    r"table|part|domain|layer|phase|tier|type|http|sha)s?",
    re.I,
)
_ASKS = re.compile(
    r"""\b(?:
        how\ (?:many|much(?!\ of)|long|often|large|big|fast|old|far|high|low|deep|small|soon|late)
      | what\ (?:percent\w*|share|fraction|number|price|score|size|rank|limit|rate|age|year|date|
            amount)
      | wh(?:at|ich)\ (?:is|are)\ the\ (?:\w+\ ){0,3}(?:number|limit|maximum|minimum|price|cost|
            size|rate|latency|percentage|default)
      | when\ (?:did|was|were)
      | (?:max|min)(?:imum|imal)? | default | costs? | prices? | charged? | charges
      | percent(?:age)? | in\ (?:milliseconds|seconds|minutes|hours|days|tokens|gb|mb|bytes)
      | size\ of | (?<!some\ )(?<!any\ )(?<!certain\ )(?<!\ba\ )number\ of
      | per\ (?:hour|month|gigabyte|gb|second|account)
      | limit | latency | timeout | quota | uptime | learning\ rate | context\ window
    )\b""",
    re.X | re.I,
)


_COUNTED = re.compile(r"\b(?:how many|number of) ([a-z-]+(?: [a-z-]+)?)", re.I)
_MONTH = "(?:January|February|March|April|May|June|July|August|September|October|November|December)"
# Units, at the start of the text after a number's digits.
_PERCENT = r"(?:%|per ?cent)"
_MONEY = rf"(?:dollars?|cents?|USD|euros?|{_PERCENT})"
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
            r"\b(?: pric(?:es?|ing) | costs? | charge[sd]? | fees? | dollars? | USD )\b",
            rf"\A\S*[$€£] | \A\S+\s+{_MONEY} | \A\S*%",
        ),
        (
            r"\bhow\ long\ (?:is|are|was|were)\b",
            rf"\A\S*\d[-–]?{_EXTENT} | \A\S+\s+(?:\w+\s+)?{_EXTENT}",
        ),
        (
            r"\bhow\ often\b",
            rf"""\A\S*\d[-–]?{_TIME} | \A\S+\s+(?:\w+\s+)?(?:{_TIME} | (?:times|passes|rounds)\b)
            | \A\W*twice\b""",
        ),
        (
            r"""\bhow\ (?:long|soon)\b | \b(?: latency | timeout | retention )\b
            | \b(?:in|how\ many)\ (?:milli)?(?:seconds|minutes|hours|days|weeks|months|years)\b""",
            rf"\A\S*\d[-–]?{_TIME} | \A\S+\s+(?:\w+\s+)?{_TIME}",
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


def wanted_number(question: str, terms_of: TermsOf) -> Wanted | None:
    """Return the kind of number that a question asks for; None if it asks for no number."""
    if not _ASKS.search(question):
        return None
    for asks, answers in _KINDS:
        if asks.search(question):
            return Wanted(answers, frozenset())
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
        if not is_number and (wanted.things or not _is_span(words, i)):
            continue
        if wanted.things:
            beside = " ".join(words[max(0, i - BEFORE) : i + AFTER + 1])
            is_wanted = not wanted.things.isdisjoint(terms_of(beside))
        else:
            is_wanted = wanted.told is None or bool(wanted.told.search(" ".join(words[i : i + 3])))
        if is_number or is_wanted:
            yield is_wanted, " ".join(words[max(0, i - near) : i + near + 1])


def _counts(words: Sequence[str], i: int) -> bool:
    """Whether a word is a number, but not part of a name or the mark of a list item."""
    if not _NUMBER.fullmatch(words[i]):
        return False
    return not (_NAMED.fullmatch(words[i - 1]) if i else _LIST_MARK.fullmatch(words[i]))


def _is_span(words: Sequence[str], i: int) -> bool:
    return _SPAN.match(" ".join(words[i : i + 2])) is not None
