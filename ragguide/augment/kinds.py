"""A question in, the kind of answer it asks for out. English; no I/O.

The kind decides the form of the answer: a verdict, a definition, one line per side, or a sentence.
A question of no known kind is open and gets a sentence.
"""

import re
from enum import Enum


class Kind(Enum):
    """The kind of answer that a question asks for."""

    VERDICT = "verdict"  # yes or no
    COUNT = "count"  # how many
    LIST = "list"  # all items of a kind
    DEFINITION = "definition"  # the meaning of a term
    COMPARISON = "comparison"  # one thing against another
    LOOKUP = "lookup"  # whether the guide mentions something
    OPEN = "open"  # anything else: a fact, a reason, the steps of a task


_AUXILIARY = (
    r"(?:(?:is|are|was|were|am|do|does|did|can|could|may|might|must|should|shall|will|would|has|"
    r"have|had)"
    r"(?:n['’]?t)?|(?:ca|wo|sha)n['’]?t)"
)
_BEFORE_QUESTION = r"(?:and|but|so|then|ok|hi|hello|please|actually)\b[\s,]*"  # "ok, can I …"
# "Is …", "So, does …", "In SageMaker, can …", "When a model drifts, does …", "It is new, may …"
_VERDICT = re.compile(
    rf"(?:{_BEFORE_QUESTION})?(?:by default,?\s+|(?:if|when|while|once|"
    rf"after|before|"
    rf"with|without|in|on|for|at|by|during|under|as|since|unless|"
    rf"given|i|we|my|our|there|the)\b(?:[^?.!]|\.(?=\S))*,\s*)?{_AUXILIARY}\b\s+\S",
    re.I,
)
# "It takes cards, right?", but not "Which one is right?"
_TAGGED = re.compile(
    r"(?!(?:and|so|but)?\s*(?:wh\w+|how)\b)(?:\S+\s+){2,}?\S+?"
    r"(?<!\bor)(?<!\bis)(?<!\bare)(?<!\bthe)(?<!\bto)(?<!\bon),?\s+(?:right|correct|yes|or not|"
    r"(?:is|are|do|does|has|have|ca|wo)n['’]?t\s+(?:it|they|you|we|he|she|i)|no)\s*\?\W*\Z",
    re.I,
)
# "White spots on the hull, is that salt?", "if my boat is old does it need a permit", "So boats
# under 20 m need no pilot?"
_ASKED_LAST = re.compile(
    rf"(?!.*\b(?:wh(?:at|ich|o|ose|om|ere|y)|how|or)\b)(?:"
    rf"[^?]*(?:[,;:]\s*|\s[-–—]\s+)(?:(?:so|but|and|then)\s+)?{_AUXILIARY}\s+[^?,]+\?*|"
    rf"(?:if|when|while|once|after|before|since|because|unless)\s(?:[^\s?]+\s+){{2,}}?"
    rf"{_AUXILIARY}\s+(?:it|that|this|these|those|they|there|i|we|you|he|she|my|the|an?)\b[^?,]*"
    r"\?*|so\s+[^?]+\?)\Z",
    re.I,
)
# "Ok to leave it there?", "bikes allowed on Sundays?"
_SHORT = re.compile(
    r"(?:ok(?:ay)?|fine|possible|allowed|permitted|safe|legal|necessary|worth)\s+"
    r"(?:to|if|for|when|[a-z]+ing)\b|"
    r"(?!(?:wh\w+|how|max\w*|min\w*|number|list|amount)\b)(?:[\w'’-]+\s+){1,6}?"
    r"(?:allowed|permitted|supported|possible)"
    r"(?:\s+(?:on|in|for|with|by|at|to|when|if)\b[^?,]*)?\?\Z",
    re.I,
)
# "Red, blue or both?", "Is it free, or does it cost extra?": neither yes nor no answers.
_CHOICE = re.compile(
    rf"\bor\s+(?:(?:for|to|in|on|with|do|does|are|is|can)\s+)?both\b|\beither\b.*\bor\b|"
    rf",\s*or\s+(?:rather\s+)?{_AUXILIARY}\s+\w",
    re.I,
)
_OPEN_WITHIN = re.compile(
    r"\b(?:do|does|can|could|would|will) (?:you|it|one|anybody) (?:tell|explain|describe|list|"
    r"name|show)\b",
    re.I,
)
_GUIDE = r"(?:(?:the|this|your|my)\s+)?(?:guide|document|manual|book|text|pdf|handbook)s?"
_LOOKUP = re.compile(
    rf"{_AUXILIARY}\s+{_GUIDE}\s+(?:\w+\s+){{0,2}}?(?:mention|cover|discuss|talk about|treat|"
    rf"name|refer to|"
    rf"say anything|say something|have anything|contain anything)|"
    rf"{_AUXILIARY}\b.*\b(?:mentioned|covered|discussed|named)\b(?:\s+(?:in|by)\s+{_GUIDE}|"
    rf"\s+anywhere)?\W*\Z|"
    rf"where\b.*\bmention",
    re.I,
)
_COUNT = re.compile(
    r"\b(?:how many|what number of|what is the number of|count the)\b|\A(?:the )?number of\b", re.I
)
_LIST = re.compile(
    r"(?:please\s+)?(?:list|name|enumerate)\b|(?:what|"
    r"which)\s+(?:\w+\s+){0,3}?are\s+(?:all\s+)?(?:the|there)\b|"
    r"(?:(?:in|for|on|from|to|with|by|at)\s+)?(?:what|"
    r"which)\s+(?:[\w-]+\s+){0,3}?[\w-]+(?<![siu'])s\s+"
    r"(?:do|does|did|can|could|are|were|has|have|may|should|must|will|is)\b|"
    r"what\s+(?:all\s+)?(?:kinds|types|sorts|ways|steps|stages|phases)\b|\b(?:all|"
    r"list of)\s+(?:of\s+)?the\b.*\?*\Z",
    re.I,
)
_COMPARISON = re.compile(
    r"\b(?:vs\.?|versus|compared? (?:to|with)|in contrast to|as opposed to)(?=\W)|"
    r"\bdiff?er?e?n?c?es?\b.*\b(?:between|and|to|from)\b|"
    r"\bor\b.*\bwhat(?:['’]?s| is| are) the diff?er|\bdiffe?rs?\b.*\bfrom\b|\bcompare\b",
    re.I,
)
_DEFINITION = re.compile(
    r"(?:(?:and|so|ok|hi)\b[\s,]*)?(?:(?:wh?at|wht|who)(?:['’]?s|\s+is|\s+are|\s+was|\s+were)|"
    r"define|"
    r"explain what|tell me what)\s+(?:an?\s+|the\s+)?(?P<subject>[^,;?!]+?)(?:\s+(?:is|are|mean|"
    r"means))?\W*\Z|"
    r"(?:what|wat)\s+(?:do|does|did)\s+(?P<meant>[^,;?!]+?)\s+(?:mean|"
    r"stand for)\b(?:\s+and\b.*)?\W*\Z",
    re.I,
)
# "Data mart?", "red teaming means what?"
_BARE = re.compile(
    r"(?:an?\s+|the\s+)?(?P<subject>[\w-]+(?:\s+[\w-]+){0,3}?)(?:\s+means?\s+what)?\s*\?\Z|"
    r"(?P<short>[\w-]+)\s+stands?\s+for\s+what\b.*\Z",
    re.I,
)
_NO_SUBJECT = re.compile(
    rf"\b(?:wh\w+|how|why|{_AUXILIARY}|it|this|that|these|those|there|they|you|i|we|and|or|of|"
    rf"for|to|in|on|with|"
    r"yes|no|ok|thanks|really|more|else|sure|please|example|examples)\b",
    re.I,
)
# "What is the default region" asks for a value, "what is a confusion matrix" for a definition.
_VALUE = re.compile(
    r"\b(?:of|for|to|when|that|which|with|by|than|from|per|between|most|least|best|default|"
    r"maximum|minimum|"
    r"limit|(?:price|cost)(?=\s*\Z|\s+(?:of|for|to|in|per)\b)|size|score|name|number|reason|"
    r"purpose|difference|advantage|benefit|use|"
    r"used)\b",
    re.I,
)
_WHERE = re.compile(r"\s+in\s+", re.I)
MOST_SUBJECT = 6  # words of the term to define


# "How many are there, and how long may each be?"
_TWO_PARTS = re.compile(
    r"\band (?:(?:at|by|for|from|in|of|on|to|with) (?=how|wh))?"
    r"(?:how|what|which|who|when|where|why|is|are|does|do|can)\b",
    re.I,
)


def has_two_parts(question: str) -> bool:
    """Whether a question asks two things; one list or definition would answer only half."""
    return _TWO_PARTS.search(last_sentence(question)) is not None


# "Our network has no internet. Could we …?": what comes before the last sentence explains it.
_BEFORE_LAST = re.compile(r"\A.*(?:[^\s.]{2}|\.\d)[.!]\s+(?=\S+\s+\S+\s+\S)", re.S)


def last_sentence(question: str) -> str:
    """Return the sentence that asks, without statements before it and a remark behind it."""
    return _BEFORE_LAST.sub("", " ".join(question.split()), count=1)


def kind_of(question: str) -> Kind:
    """Return the kind of answer that a question asks for."""
    asked = last_sentence(question)
    if _LOOKUP.match(asked):
        return Kind.LOOKUP
    if _COUNT.search(asked):
        return Kind.COUNT
    if _COMPARISON.search(asked):
        return Kind.COMPARISON
    if _TAGGED.match(asked):
        return Kind.VERDICT
    asks_verdict = any(form.match(asked) for form in (_VERDICT, _ASKED_LAST, _SHORT))
    if asks_verdict and not _OPEN_WITHIN.match(asked):
        return Kind.OPEN if _CHOICE.search(asked) else Kind.VERDICT
    if _LIST.match(asked):
        return Kind.LIST
    if subject_of(asked):
        return Kind.DEFINITION
    return Kind.OPEN


def sole_kind_of(question: str) -> Kind:
    """Return the kind of answer that a whole question asks for; `OPEN` if it has two parts."""
    return Kind.OPEN if has_two_parts(question) else kind_of(question)


def subject_of(question: str) -> str | None:
    """Return the term that a question asks to define; None if it asks for something else."""
    asked = " ".join(question.split())
    match = _DEFINITION.match(asked)
    if match is None:
        bare = _BARE.match(asked)
        subject = (bare["subject"] or bare["short"]) if bare else ""
        return subject if subject and not _NO_SUBJECT.search(subject) else None
    subject = match["subject"] or match["meant"]
    named = _WHERE.split(subject)[0]  # "linked accounts" of "linked accounts in cost tracking"
    if len(subject.split()) > MOST_SUBJECT or (match["subject"] and _VALUE.search(named)):
        return None
    return subject.strip()


# "RICE stands for what?", "the letters in the word RICE"
_LETTERS = re.compile(
    r"\b(?P<word>[A-Z]{3,})\s+(?:stands?|is\s+short)\s+for\b|"
    r"\bletters\b.*?\b(?:of|in)\s+(?:the\s+\w+\s+)?(?P<spelt>[A-Z]{3,})\b"
)


def spelt_word(question: str) -> str | None:
    """Return the word in capitals whose letters a question asks for; None if it asks for none."""
    match = _LETTERS.search(question)
    return (match["word"] or match["spelt"]) if match else None


# "A vs B: …", "difference between A and B", "compare A with B", "A compared to B".
_SIDES = (
    re.compile(
        r"(?:.*\b(?:between|compare|contrast)\s+)(?P<a>[^,;:?]+?)\s+(?:and|with|to|against|"
        r"vs\.?)\s+"
        r"(?P<b>[^,;:?]+)",
        re.I,
    ),
    re.compile(
        r"(?:[^,;:?]{1,40}:\s+)?(?:[^,;:?]*\b(?:is|are|does|do|of|in)\s+)?(?P<a>[^,;:?]+?)\s+"
        r"(?:vs\.?|versus|compared (?:to|with)|in contrast to|as opposed to)\s+(?P<b>[^,;:?]+)",
        re.I,
    ),
    re.compile(
        r"(?P<a>[^,;:?]+?)\s+or\s+(?P<b>[^,;:?]+?)\s*[,:?–-]+\s*(?:and\s+)?"
        r"what(?:['’]?s| is| are)\s+the\s+diff?er",
        re.I,
    ),
    re.compile(
        r"(?:how|what)\b.*?\b(?:do|does|makes)\s+(?P<a>[^,;:?]+?)\s+(?:differ|different)\s+from\s+"
        r"(?P<b>[^,;:?]+)",
        re.I,
    ),
)
_ARTICLE = re.compile(r"\A(?:an?|the)\s+", re.I)
_ONE = re.compile(r"(?<=\s)ones?\Z", re.I)  # "a standard schedule versus a compressed one"
MOST_SIDE = 6  # words of one side of a comparison


def sides_of(question: str) -> tuple[str, str] | None:
    """Return the two things that a question compares; None if they are not recognised."""
    asked = " ".join(question.split())
    for pattern in _SIDES:
        if match := pattern.match(asked):
            sides = tuple(_ARTICLE.sub("", match[name]).strip(" .") for name in "ab")
            if all(sides) and all(len(side.split()) <= MOST_SIDE for side in sides):
                one, other = sides
                return one, _ONE.sub(one.split()[-1], other)
    return None


_TOPIC = re.compile(
    rf"{_AUXILIARY}\s+{_GUIDE}\s+(?:\w+\s+){{0,2}}?(?:mention|cover|discuss|talk about|treat|name|"
    r"refer to|(?:say|have|contain) (?:any|some)thing (?:about|on|of))\s+(?P<topic>[^?.!]+)|"
    rf"{_AUXILIARY}\s+(?P<other>[^?.!]+?)\s+(?:mentioned|covered|discussed|named)\b",
    re.I,
)


def topic_of(question: str) -> str | None:
    """Return the topic of a question of kind `LOOKUP`; None if it is not recognised."""
    match = _TOPIC.match(" ".join(question.split()))
    return (match["topic"] or match["other"]) if match else None
