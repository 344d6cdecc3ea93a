"""A question in, whether it asks for a number out; a text in, the words around its numbers out.

Most questions that a guide comes near to and does not answer ask for a figure: a price, a limit, a
default. That a passage is on the topic then says little; a number has to stand by the question's
words. No I/O.
"""

import re
from collections.abc import Iterator

NEAR = 14  # words on each side of a number that tell what it counts

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
_LIST_MARK = re.compile(r"\d+[.)]")
# What a number names, not counts: Llama 3, step 2, table 4.
_NAMED = re.compile(
    r"\(?(?:llama|gpt|claude|titan|nova|bert|t5|yolo|python|v|version|step|section|chapter|figure|"
    r"table|part|domain|layer|phase|tier|type|http|sha)s?",
    re.I,
)
_ASKS = re.compile(
    r"""\b(?:
        how\ (?:many|much|long|often|large|big|fast|old|far|high|low|deep|small|soon|late)
      | what\ (?:percent\w*|share|fraction|number|price|score|size|rank|limit|rate|age|year|date|
            amount)
      | wh(?:at|ich)\ (?:is|are)\ the\ (?:\w+\ ){0,3}(?:number|limit|maximum|minimum|price|cost|
            size|rate|latency|percentage|default)
      | when\ (?:did|was|were)
      | (?:max|min)(?:imum|imal)? | default | costs? | prices? | charged? | charges
      | percent(?:age)? | in\ (?:milliseconds|seconds|minutes|hours|days|tokens|gb|mb|bytes)
      | size\ of | number\ of | per\ (?:hour|month|gigabyte|gb|second|account)
      | limit | latency | quota | uptime | learning\ rate | context\ window
    )\b""",
    re.X | re.I,
)


def asks_number(question: str) -> bool:
    """Whether the answer would be a number: "how many", "default", "in minutes"."""
    return bool(_ASKS.search(question))


def around_numbers(text: str, *, near: int = NEAR) -> Iterator[str]:
    """Yield, for each number of a text that counts something, it and the words beside it."""
    words = text.split()
    for i, word in enumerate(words):
        if not _NUMBER.fullmatch(word):
            continue
        if (i and _NAMED.fullmatch(words[i - 1])) or (not i and _LIST_MARK.fullmatch(word)):
            continue
        yield " ".join(words[max(0, i - near) : i + near + 1])
