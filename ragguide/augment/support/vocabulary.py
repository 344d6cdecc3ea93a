"""Function words of English, irregular forms, and the key that a word is compared by."""

from functools import lru_cache

import Stemmer

BE = frozenset("be is are was were am been being gets get got".split())
AUXILIARIES = BE | frozenset("do does did has have had will would shall having".split())
MODALS = frozenset(
    "must may can could might should shall ought cannot mustn't optionally would".split()
)
PRONOUNS = frozenset(
    """i you he she it we they me him her us them this that these those who whom which whose what
    its his their our your my one ones itself themselves himself herself yourself oneself someone
    somebody anyone anybody there here""".split()
)
PREPOSITIONS = frozenset(
    """about across against along among around as at behind beneath beside besides between beyond
    by concerning despite down during for from in inside into like near of off on onto out outside
    over past per regarding through throughout till to toward towards under underneath until up
    upon via with within than before after without except""".split()
)
CONJUNCTIONS = frozenset(
    """and or but nor so yet if unless when whenever while whereas although though because since
    whether then""".split()
)
NEGATORS = frozenset("not no never none neither nor nobody nothing nowhere noone without".split())
DETERMINERS = frozenset("the a an some any each every all both no this that these those".split())
_OTHERS = frozenset(
    """also again already even ever still just only too very quite rather such same own other
    another else more most much many few less least several however therefore thus hence both
    either neither each every all any some always often usually sometimes rarely seldom generally
    typically well let please yes how where why atmost atleast morethan lessthan roughly exactly
    exclusively solely merely respectively otherwise instead""".split()
)
FUNCTION = (
    AUXILIARIES | MODALS | PRONOUNS | PREPOSITIONS | CONJUNCTIONS | NEGATORS | DETERMINERS | _OTHERS
)
# Verbs that say little by themselves: "a backup happens", "takes place", "goes out".
_LIGHT_WORDS = """
    happen occur place go goe come make made take took give put set let use be become exist
    get keep thing way mean person people user someone case instance
"""

# Forms that a stemmer doesn't lead back to their verb or noun.
_IRREGULAR = {
    form: verb
    for verb, forms in {
        "begin": "began begun",
        "break": "broke broken",
        "buy": "bought",
        "catch": "caught",
        "choose": "chose chosen",
        "come": "came",
        "cut": "cutting",
        "deal": "dealt",
        "do": "done",
        "draw": "drew drawn",
        "drive": "drove driven",
        "eat": "ate eaten",
        "fall": "fell fallen",
        "feed": "fed",
        "find": "found",
        "fly": "flew flown flies",
        "forbid": "forbade forbidden",
        "freeze": "froze frozen",
        "give": "gave given",
        "go": "went gone goes",
        "grow": "grew grown",
        "hear": "heard",
        "hide": "hid hidden",
        "hold": "held",
        "keep": "kept",
        "know": "knew known",
        "lay": "laid",
        "lead": "led",
        "leave": "left",
        "lend": "lent",
        "lose": "lost losing",
        "make": "made making",
        "mean": "meant",
        "meet": "met",
        "pay": "paid",
        "read": "reads",
        "ride": "rode ridden",
        "rise": "rose risen",
        "run": "ran running",
        "say": "said",
        "see": "saw seen",
        "sell": "sold",
        "send": "sent",
        "shut": "shutting",
        "sing": "sang sung",
        "sit": "sat",
        "speak": "spoke spoken",
        "spend": "spent",
        "stand": "stood",
        "steal": "stole stolen",
        "swim": "swam swum",
        "take": "took taken",
        "teach": "taught",
        "tell": "told",
        "think": "thought",
        "throw": "threw thrown",
        "understand": "understood",
        "wear": "wore worn",
        "win": "won",
        "write": "wrote written writing",
        "analysis": "analyses analyse analyze analysing analyzing",
        "child": "children",
        "foot": "feet",
        "index": "indices indexes",
        "knife": "knives",
        "life": "lives",
        "man": "men",
        "matrix": "matrices",
        "mouse": "mice",
        "person": "persons people",
        "shelf": "shelves",
        "tooth": "teeth",
        "woman": "women",
        "bad": "worse worst",
        "good": "better best",
        "little": "less",
    }.items()
    for form in forms.split()
}
PARTICIPLES = frozenset(
    """begun broken bought caught chosen cut dealt done drawn driven eaten fed found flown frozen
    given grown heard hidden held kept known laid led left lent lost made meant met paid put read
    ridden run said seen sold sent set shown shut sung sought spoken spent stolen taken taught told
    thought thrown understood worn won written built beaten bitten borne bound hit hurt let spread
    split torn woven forgotten forgiven proven""".split()
)
_BRITISH = (("isation", "ization"), ("ising", "izing"), ("ised", "ized"), ("ise", "ize"))

_stem = Stemmer.Stemmer("english").stemWord


@lru_cache(maxsize=16_384)
def key_of(word: str) -> str:
    """Return what a word is compared by: one for `kept` and `keeps`, `organise` and `organize`."""
    plain = word.casefold().replace("’", "'").removesuffix("'s").rstrip("'")
    plain = _IRREGULAR.get(plain, plain)
    for british, american in _BRITISH:
        if plain.endswith(british) and len(plain) > len(british) + 3:
            plain = plain.removesuffix(british) + american
            break
    return str(_stem(plain))


LIGHT = frozenset(map(key_of, _LIGHT_WORDS.split()))


def is_participle(word: str) -> bool:
    """Whether a word after a form of *be* makes it passive."""
    plain = word.casefold()
    return plain in PARTICIPLES or (plain.endswith("ed") and len(plain) > 3)
