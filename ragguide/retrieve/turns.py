"""A line of a chat in, what it asks for out: nothing, the last answer again, or a search. No I/O.

A search for "thanks" finds nothing, and one for "shorter, please" finds the wrong thing. English.
"""

import re
from enum import Enum


class Turn(Enum):
    """What a line of a conversation asks for."""

    QUESTION = "question"  # a search
    THANKS = "thanks"  # nothing
    GREETING = "greeting"  # nothing
    FAREWELL = "farewell"  # nothing
    REMARK = "remark"  # nothing: "no", "ok, great"
    SIMPLER = "simpler"  # the last answer in simpler words
    SHORTER = "shorter"  # the last answer in fewer words
    REASON = "reason"  # the reason for the last answer, from its quotes
    AGAIN = "again"  # the quotes of the last answer: "really?"


_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_SMALL_TALK = {
    Turn.THANKS: "thanks|thank you|thx|ty|cheers|much appreciated|appreciate it|appreciated",
    Turn.FAREWELL: "bye|goodbye|good bye|see you|see ya|cu|ciao|that's all|that is all|good night",
    Turn.GREETING: "hi|hello|hey|good morning|good afternoon|good evening|greetings",
    Turn.REMARK: (
        "no|nope|nah|not really|yes|yeah|yep|yup|ok|okay|k|great|good|nice|cool|perfect|fine|"
        "excellent|awesome|super|wonderful|brilliant|lovely|right|alright|all right|sure|indeed|"
        "exactly|correct|agreed|understood|got it|i see|i understand|makes sense|that makes sense|"
        "that helps|that helped|very helpful|helpful|useful|interesting|good to know|never mind|"
        "nevermind|forget it|no problem|sorry|wow|oh|ah|aha|hm|hmm|mm|well|lol|haha|done|"
        "sounds good|fair enough|nothing|nothing else|good question|good point|no need|no worries|"
        "nice to know|you're right|you are right|i agree|not now|no more questions|later"
    ),
}
# Words that add nothing to small talk: "thanks a lot, that's very helpful".
_FILLERS = (
    "a|an|the|so|very|really|all|and|then|now|again|for|that|that's|this|it's|was|is|your|you|"
    "help|much|many|lot|lots|too|just|answer|answers|ragguide|please|i'm|am|me|to"
)
_PHRASES = {
    turn: re.compile(rf"(?:{'|'.join(sorted(words.split('|'), key=len, reverse=True))})(?![\w'])")
    for turn, words in _SMALL_TALK.items()
}
_ASKS = re.compile(r"(?:is|was|are|does|do|can)\b")  # "is it ok?"
_FILLER = re.compile(rf"(?:{_FILLERS})(?![\w'])")

_REASON = re.compile(
    r"(?:but |and |so |ok |oh )*"
    r"(?:why(?: is that| is it so| is that so| so| not| though| exactly)?|"
    r"(?:please )?(?:explain|tell me|say) why|how come|how so|what for|for what reason|"
    r"what is the reason|what's the reason)"
)
_AGAIN = re.compile(
    r"really|seriously|(?:are you|you) (?:quite |really )?(?:sure|certain)"
    r"(?: about (?:that|this|it))?|"
    r"is (?:that|this|it) (?:really )?(?:right|true|so|correct|certain)|"
    r"says who|(?:who|where does it) says? (?:that|so|this)|prove it|what|huh|eh|excuse me|"
    r"(?:please )?(?:repeat|say)(?: that| it| this)?(?: again| once more)?(?: please)?|"
    r"(?:once more|again|come again|pardon|show me (?:that|it|the quotes?) again)(?: please)?"
)
# A line of these words alone, with one of the wishes, is about the last answer.
_ABOUT_ANSWER = frozenset(
    "a again an and another answer as beginner bit briefly brief but can child clarify clear "
    "clearer clearly complicated concise concisely could difficult different differently do "
    "does don't didn't easier easily easy eli5 english explain explanation express few fewer "
    "five for get give hard huh i i'm idiots in into is it just kid kids language last layman "
    "layman's less like line long make me mean meant means more normal not now of ok okay one "
    "other paraphrase please plain plainer plainly put quite read rephrase reword rewrite say "
    "sentence sentences short shorten shorter simple simpler simplify simplified simply so "
    "sorry still sum summarise summarize summary tell terms that the then this tl dr tldr to "
    "too two understand up version use was way what with word wording words would year you "
    "your old kind explained exactly actually am im dont no thanks great yes hm "
    "hmm".split()
)
_SHORTER = re.compile(
    r"\b(?:shorter|shorten|short|brief(?:ly)?|concise(?:ly)?|summar\w+|sum .*up|tl ?dr|"
    r"fewer words|less words|one sentence|two sentences|too long|one line)\b"
)
_SIMPLER = re.compile(
    r"\b(?:simpl\w+|eas(?:y|ier|ily)|plain\w*|rephrase|reword|rewrite|paraphrase|clarify|clearer|"
    r"clearly|explain|explanation|other words?|another way|differently|different words?|"
    r"layman'?s?|eli5|beginner|child|kids?|five|too (?:complicated|difficult|hard)|normal words?|"
    r"(?:not|don't|didn't|dont) (?:quite |really |still )?(?:understand|get))\b|"
    r"^(?:but |so |and |sorry )*what (?:do|does|did) (?:you|that|this|it) "
    r"(?:exactly |actually )?mean|"
    r"^(?:but |so )*(?:meaning what|what is meant)"
)
# "Can I put it in again?" asks about the thing, not about the answer.
_ASKS_OF_THING = re.compile(
    r"\b(?:can|could|may|must|should|shall|would|will|do|does|did|is|are)(?:n't)? (?:i|we|one)\b|"
    r"\b(?:is|was|does|can|will) (?:it|that|this)\b(?!.*\bmean)|"
    r"^what is (?!(?:the|a)\b)"
)


def read_turn(line: str) -> Turn:
    """Return what a line asks for."""
    words = [word.replace("’", "'") for word in _WORD.findall(line.casefold())]
    text = " ".join(words)
    if not text:
        return Turn.REMARK if line.strip() else Turn.QUESTION  # "?", "…"
    if _REASON.fullmatch(text):
        return Turn.REASON
    if _AGAIN.fullmatch(text):
        return Turn.AGAIN
    if set(words) <= _ABOUT_ANSWER and not _ASKS_OF_THING.search(text):
        if _SHORTER.search(text):
            return Turn.SHORTER
        if _SIMPLER.search(text):
            return Turn.SIMPLER
    return _small_talk(text) or Turn.QUESTION


def _small_talk(text: str) -> Turn | None:
    """Return the kind of small talk that a line consists of; None if it says anything more."""
    if _ASKS.match(text):
        return None
    kinds = set()
    while text:
        for turn, phrase in _PHRASES.items():
            if match := phrase.match(text):
                kinds.add(turn)
                break
        else:
            match = _FILLER.match(text)
        if match is None:
            return None
        text = text[match.end() :].lstrip()
    return next((turn for turn in _SMALL_TALK if turn in kinds), None)
