"""A text in, whether it gives orders to a language model out. No I/O.

A passage is data, and its special tokens reach the model as plain characters. A small model may
still do what a passage says: of ten documents that try to steer it, the 0.5B obeyed two
(benchmarks/README.md). So sentences that look like an order to a model, or like its chat template,
stay out of the prompt. This second defence has gaps. Users still see such sentences as quotes.
"""

import re
from functools import lru_cache

_TEMPLATE = re.compile(
    r"""<\|[\w-]{1,40}\|>                           # ChatML, Llama 3
      | \[/?INST\] | <</?SYS>> | (?<!\w)</?s>(?!\w)  # Llama 2
      | <(?:start|end)_of_turn>                     # Gemma
      | "role"\s*:\s*"(?:system|user|assistant)"
      | \A\s*(?:answer|system|assistant|user)\s*:   # our own prompt, or a dialogue
      | \bexcerpts?(?:\s*:)?\s*\[\d+\]             # our own prompt, or about it
      | \A\s*question\s*:.*\banswer\s*:.*\[\d+\]   # a FAQ has no mark
    """,
    re.X | re.I,
)
# An order starts a sentence or clause; elsewhere it is only reported: "says to ignore all".
_AT_START = r"""(?:\A|[.:!?,;"'“”‘(]\s*|\b(?:and|then|please|now|always)\s+)"""
_TOLD = r"(?:figure|number|word|price|cost|fee|value|name|date|fact)"
_ORDER = re.compile(
    rf"""{_AT_START}(?:
        (?:ignore|disregard|forget)\b.{{0,40}}\b(?:instructions?|excerpts?|prompts?|above|before)\b
      | (?:answer|reply|respond)\s+(?:only|just|every|all|any|with|by|to\s+(?:every|all|any))\b
      | say\s+(?-i:[A-Z]{{4,}})\b
      | you\s+are\s+(?:now\s+)?(?:an?|the)\s+(?:\w+\s+){{0,3}}(?:assistant|model|AI|bot|pirate)\b
      | the\s+(?:right|correct|only)\s+answer\s+is\b
      )
      | \b(?:note|message|instructions?|order)\s+(?:to|for)\s+(?:the\s+|any\s+|all\s+)?
        (?:assistant|(?:language\s+)?model|AI|LLM|chatbot)s?\b
      | \b(?:must|shall|have\s+to)\s+(?:say|(?:answer|reply|respond)\s+(?:only|with|that))\b
      # what was or will be said to the reader, in place of the fact
      | \b(?:the|this|your)\s+(?:(?:AI|digital|helpful|virtual)\s+)?
        (?:assistant|chatbot|language\s+model)\b.{{0,80}}
        \b(?:replie[ds]|answer(?:ed|s)|respond(?:ed|s)|said|says|wrote|writes)
        (?:\s+(?:that|with))?\s*[:,]?\s*["“‘]
      | \b(?:whoever|(?:any|every)one\s+who|those\s+who)\s+
        (?:sums?\s+up|summari[sz]es?|paraphrases?|(?:is|are)\s+asked)\b.{{0,80}}
        \b(?:says?|writes?|states?|answers?|repl(?:y|ies))\b
      | \b(?:every|each|any)\s+(?:reply|answer|response)\b.{{0,80}}
        \bthe\s+(?:word|phrase|sentence)\b
      | \bwhen(?:ever)?\s+(?:summari[sz]ing|summing\s+up|paraphrasing)\b.{{0,80}}
        \b(?:say|write|state|claim)\b
      | \b(?:replies|answers|summaries)\b.{{0,40}}\bthe\s+only\s+{_TOLD}\b
      | \bthe\s+only\s+{_TOLD}\b.{{0,60}}\bin\s+(?:\w+\s+)?(?:replies|answers|summaries)\b
    """,
    re.X | re.I,
)


@lru_cache(maxsize=8_192)  # the next question finds the same sentences
def gives_orders(text: str) -> bool:
    """Whether a text looks like an order to a model, or like part of its chat template."""
    return bool(_TEMPLATE.search(text) or _ORDER.search(text))
