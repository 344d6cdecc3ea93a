"""A question in, its words that only ask out: "how often", "mention", "please". English; no I/O.

That a guide lacks them means nothing.
"""

import re

from ragguide.index.keywords import terms_of

# Words about the question or the guide.
ABOUT_ASKING = frozenset(
    "mention mentions mentioned cover covers covered discuss discusses discussed guide document "
    "manual book text pdf say says anything something talk talks treat treats name names named "
    "refer refers contain contains anywhere tell explain describe please whose".split()
)
# Terms that do not count as the question's content.
ASKING_TERMS = frozenset(
    terms_of(
        "guide manual document mention mentioned say says tell talk discuss explain describe "
        "please anything something many much difference versus vs"
    )
)
# "How long", "within how many days": what is asked for, such as "four hours", has other words.
_HOW = re.compile(
    r"""\bhow\s+(?:very\s+|exactly\s+)?(?P<measure>
        big | close | cold | deep | early | expensive | far | fast | frequently | heavy | high | hot
      | large | late | little | long | low | many | much | near | often | old | quickly | regularly
      | short | slow | slowly | small | soon | strong | tall | thick | warm | wide | young
    )\b""",
    re.X | re.I,
)


# "How much does it weigh?", answered by "Weight: 18 kg".
_MEASURES = re.compile(
    r"\b(?:how|what)\b[^?]*?\b(?P<verb>(?:weigh|cost|measure|last)s?)\b(?=\s*(?:[?.!]|\Z))", re.I
)


def measures_asked(question: str) -> frozenset[str]:
    """Return the words that ask for a number or a time, in small letters: "how long", "weigh"."""
    found = [match["measure"] for match in _HOW.finditer(question)]
    found += [match["verb"] for match in _MEASURES.finditer(question)]
    return frozenset(map(str.casefold, found))
