"""A text in, the same with common phrases in one form out: "no more than 6" becomes "atmost 6"."""

import re

_NUMBER = (
    r"(?=\W{0,2}(?:\d|[$€£~½¼¾]|(?:an?\s)?(?:half|quarter|third|dozen|hundred|thousand|million"
    r"|one|two|three"
    r"|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty|sixty"
    r"|seventy|eighty|ninety)\b))"
)
_UP = (
    r"(?:more|greater|larger|longer|higher|later|older|heavier|bigger|taller|wider|deeper|further"
    r"|farther|further away)"
)
_DOWN = r"(?:less|fewer|smaller|shorter|lower|earlier|younger|lighter|narrower|nearer|closer)"
_ARE = r"(?:is|are|was|were|be|been|being)"
_DO = r"(?:do|does|did)"

_RULES = [
    # Contractions
    (r"[’`]", "'"),
    (r"\bcan(?:'t|not)\b", "can not"),
    (r"\bwon't\b", "will not"),
    (r"\bshan't\b", "shall not"),
    (r"n't\b", " not"),
    (r"'(?:re|ve|ll|d|m)\b", ""),
    (r"\bit's\b", "it is"),
    (r"\be\.g\.,?", "such as"),
    (r"\bi\.e\.,?", ","),
    (r"\betc\.", "etc"),
    (r"\bvs\.", "versus"),
    # Nothing but is only
    (r"\b(?:nobody|no one|none|nothing|no\s+\w+)\s+(?:but|except|other than|apart from)\b", "only"),
    (r"\bnot only\b", "both"),
    (r"\bbut also\b", "and also"),
    (r"\bnot (?:just|merely|necessarily)\b", "also"),
    (r"\bwhether or not\b", "whether"),
    (r"\bread-only\b", "readonly"),
    (r"\b(?:solely|exclusively|nothing but)\b", "only"),
    (r"\bno matter\b", "whatever"),
    # Bounds of numbers
    (r"\b(below|under|over|above|at|of) (?:the|an) age of\b", r"\1"),
    (rf"\b(?:no|not|never)\s+(?:\w+\s+)?{_UP} than\b{_NUMBER}", "atmost"),
    (rf"\b(?:no|not|never)\s+(?:\w+\s+)?{_DOWN} than\b{_NUMBER}", "atleast"),
    (rf"\b(?:(?:can|may|must|shall|should|will|do|does) not|never) (?:exceed|go over|go above"
     rf"|be over"
     rf"|be above|surpass)\b{_NUMBER}", "be atmost"),
    (rf"\bnot (?:exceeding|over|above|beyond|past)\b{_NUMBER}", "atmost"),
    (rf"\bnot (?:under|below)\b{_NUMBER}", "atleast"),
    (rf"\b{_UP} than\b{_NUMBER}", "morethan"),
    (rf"\b{_DOWN} than\b{_NUMBER}", "lessthan"),
    (rf"\b(?:exceed(?:s|ed|ing)?|over|above|beyond|upwards of|surpass(?:es|ed|ing)?)\b{_NUMBER}",
     "morethan"),
    (rf"\b(?:under|below|beneath|short of)\b{_NUMBER}", "lessthan"),
    (rf"\b(?:up to|at (?:the )?most|as (?:many|much|long|high) as|(?:an? "
     rf"|the )?max(?:imum)?(?: of)?"
     rf"|limited to|capped at|restricted to)(?!\w){_NUMBER}", "atmost"),
    (rf"\b(?:at (?:the )?(?:very )?least|as (?:few|little) as|(?:an? "
     rf"|the )?min(?:imum)?(?: of)?)(?!\w)"
     rf"{_NUMBER}", "atleast"),
    (r"\bat (?:the )?most\b", "atmost"),
    (r"\bat (?:the )?least\b", "atleast"),
    (rf"(?:≤|<=)\s*{_NUMBER}", "atmost "),
    (rf"(?:≥|>=)\s*{_NUMBER}", "atleast "),
    (r"(?<![<\w])<\s*(?=\d)", "lessthan "),
    (r"(?<![>\w-])>\s*(?=\d)", "morethan "),
    (rf"\b(?:about|around|approximately|roughly|nearly|almost|some|circa"
     rf"|ca\.)\s*{_NUMBER}", "roughly "),
    (rf"\b(?:exactly|precisely)\b{_NUMBER}", "exactly"),
    (r"\bor (?:less|fewer|under|below|younger|shorter|lower|smaller|earlier)\b", "ormore_not"),
    (r"\b(?:or|and) (?:more|over|above|older|longer|higher|larger|greater|later|up"
     r"|upwards)\b(?=\s*(?:[.,;)]|$|\w))",
     "ormore"),
    (r"\beven (?:if|when|though)\b", "although"),
    (r"\bat (?:the same time|once|a time)\b|\b(?:simultaneously|concurrently)\b", "together"),
    (r"\b(?:nearly|almost|virtually|practically|not quite) (?:all|every|each)(?: of)?\b", "most"),
    (r"\bhardly any\b", "few"),
    (r"\b(twice|(?:\d+|three|four|five|ten) times) as (\w+) as\b", r"\1 more \2 than"),
    (r"\bonly (?=(?:after|before|once)\b)", ""),
    # What must and may be done
    (r"\b(?:without|with no) (?:(?:the|any) )?(?:need(?:ing)?|having|requir(?:ing|ement)|necessity)"
     r"(?: (?:to|for|of)\b)?", "without"),
    (r"\b(?:there (?:is|are) no need|(?:remov|eliminat|obviat|avoid)(?:es?|s|ing) the need)"
     r" (?:to|for)\b", "optionally"),
    (rf"\b(?:{_DO} not (?:have|need) to|need not|{_ARE} not (?:required|obliged|obligated|necessary"
     rf"|needed) to|(?:{_ARE} )?optional(?:ly)?)\b", "optionally"),
    (r"\b(?:have|has|had|having|got) to\b", "must"),
    (rf"\b{_ARE} (?:required|obliged|obligated|forced|bound) to\b", "must"),
    (r"\b(?:need|needs|needed) to\b", "must"),
    (rf"\b{_ARE} (?:recommended|advised|supposed|encouraged) to\b|\bought to\b"
     rf"|\bhad better\b", "should"),
    (r"\b(?:mandatory|compulsory|obligatory)\b", "must"),
    (rf"\b{_ARE} (?:allowed|permitted|able|free|entitled|authori[sz]ed) to\b", "may"),
    (rf"\b{_ARE} not (?:allowed|permitted|able|free|entitled|authori[sz]ed) to\b", "may not"),
    (rf"\b(?:{_ARE} )?unable to\b", "may not"),
    (r"\bimpossible\b", "not possible"),
    (rf"\b{_ARE} (?:forbidden|prohibited|banned|disallowed)(?: from| to)?\b", "may not"),
    (r"\b(?:forbids?|prohibits?|bans?|disallows?)\b", "may not"),
    (r"\b(?:forbidden|prohibited|banned|disallowed)\b", "may not"),
    (rf"\b{_ARE} not (?:allowed|permitted)\b", "may not"),
    (rf"\b{_ARE} (?:allowed|permitted)\b", "may"),
    # What is not so
    (r"\bwith no\b", "without"),
    (r"\bno longer\b", "not"),
    (r"\b(?:not|no) (?:\w+ )?any ?more\b", "not"),
    (r"\black(?:s|ed|ing)?\b(?! of)", "not have"),
    (r"\bthe (?:lack|absence) of\b|\bfor (?:lack|want) of\b", "without"),
    (r"\b(?:fail|fails|failed|failing|refuse|refuses|refused|cease|ceases|ceased) to\b", "not"),
    (r"\b(?:stop|stops|stopped) (?=\w+ing\b)", "not "),
    (r"\bnot (?:yet )?have\b", "not have"),
    (r"\b(?:free of charge|for free|at no (?:extra |additional )?(?:cost|charge)"
     r"|without (?:any )?(?:charge"
     r"|payment|cost)|gratis)\b", "not charge"),
    (r"\b(?:costs?|prices?|charges?|fees?): (?:none|nothing|no|zero|free)\b", "not charge"),
    (r"\b(?:is |are )?free (?:of|from)\b", "not contain"),
    (r"\bfree\b(?=\s*(?:[.,;]|$|unless\b|if\b|on\b|for\b|all\b|when\b|during\b))", "not charge"),
    (r"\b(?:except|apart|aside)(?: for| from)\b|\bother than\b|\bexcluding\b"
     r"|\bwith the exception of\b", "except"),
    (r"\b(?:rather than|instead of|as opposed to|in place of)\b|,\s*(?=not\b)", " butnot "),
    (r"\bbutnot\s+not\b", "butnot"),
    (r"\bbut (?:is |are |it |they |does |do |can |may )*not\b(?=\s+(?:\w+\s*){1,4}(?:[.,;]"
     r"|$))", "butnot"),
    (r"\bbut no(?=\s+(?:\w+\s+){0,2}\w+\s*(?:[.,;]|$))", "butnot"),
    # Order
    (r"\b(?:prior to|ahead of|in advance of)\b", "before"),
    (r"\b(?:is|are|gets?) followed by\b|\bprecedes?\b|\bcomes? before\b", "before"),
    (r"\b(?:is|are) preceded by\b", "after"),
    (r"\b(?:as soon as|once(?! (?:an?|per|every|each)\b)|subsequent to)\b", "after"),
    (r"(?:,\s*|\band )(?:then|afterwards?|after that)\b", " before "),
    # Conditions
    (r"\b(?:provided|providing|assuming|given|on condition) that\b|\b(?:as|so) long as\b"
     r"|\bin case\b"
     r"|\bin the event (?:that|of)\b|\bprovided\b(?=\s+(?:the|a|an|you|it|they)\b)", "if"),
    (r"\bonly (?:if|when|where)\b", "onlyif"),
    (r"\bwhenever\b", "when"),
    (r"\b(?:not|never) (?:as|so) (\w+) as\b", r"less \1 than"),
    (rf"\b(?:it )?{_ARE} possible(?: to)?\b", "may"),
    (rf"\b(?:it )?{_ARE} not possible(?: to)?\b", "may not"),
    # The rest
    (r"\bas well as\b|\balong with\b|\btogether with\b|\bplus\b", "and"),
    (r"\b(?:in order|so as) to\b", "to"),
    (r"\bby itself\b|\bon its own\b|\bby themselves\b|\bautomatically\b", "automatic"),
    (r"\bcarr(?:y|ies|ied) out\b", "perform"),
    (r"\bset up\b", "create"),
    (r"\bin case of\b", "if"),
    (r"\bdaily\b", "every day"),
    (r"\bnightly\b", "every night"),
    (r"\bweekly\b", "every week"),
    (r"\bmonthly\b", "every month"),
    (r"\b(?:yearly|annually)\b", "every year"),
    (r"\bhourly\b", "every hour"),
    (r"\bdon't\b", "do not"),
    (r"\b(?:a )?(?:great|large) (?:number|many|deal) of\b|\b(?:lots|plenty) of\b"
     r"|\ba lot of\b", "many"),
    (r"\b(?:a number of|a handful of|a couple of|certain of|some of)\b", "some"),
    (r"\bthe majority of\b|\bmost of\b", "most"),
    (r"\bnone of\b", "none"),
    (r"\ba few\b|\ba little\b", "some"),
    (r"\ball of\b", "all"),
    (r"\beach of\b", "each"),
    (r"\bevery one of\b", "every"),
]  # fmt: skip
_COMPILED = [(re.compile(pattern, re.I), form) for pattern, form in _RULES]


def plain_form(text: str) -> str:
    """Return a text with phrases that say the same in the same form; names keep their capitals."""
    for pattern, form in _COMPILED:
        text = pattern.sub(form, text)
    return text
