"""A text in, whether it speaks to whoever reads it by machine out. No I/O.

A passage is data, and its special tokens reach the model as plain characters. A small model may
still do what a passage says: of ten documents that try to steer it, the 0.5B obeyed two
(benchmarks/README.md). So what reads as an order to a model, or as its template, is not put before
it. That is a second fence, with gaps; people see such a sentence quoted all the same.
"""

import re

_TEMPLATE = re.compile(
    r"""<\|[\w-]{1,40}\|>                           # ChatML, Llama 3
      | \[/?INST\] | <</?SYS>> | (?<!\w)</?s>(?!\w)  # Llama 2
      | <(?:start|end)_of_turn>                     # Gemma
      | "role"\s*:\s*"(?:system|user|assistant)"
      | \A\s*(?:answer|system|assistant|user)\s*:   # our own prompt, or a talk
    """,
    re.X | re.I,
)
# Where a sentence speaks to its reader; within one it tells of such orders: "says to ignore all".
_AT_START = r"""(?:\A|[.:!?,;"'“”‘(]\s*|\b(?:and|then|please|now|always)\s+)"""
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
    """,
    re.X | re.I,
)


def gives_orders(text: str) -> bool:
    """Whether a text reads as an order to a model, or as a piece of its template."""
    return bool(_TEMPLATE.search(text) or _ORDER.search(text))
