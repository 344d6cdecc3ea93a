"""A text in, whether it gives orders to a language model out. No I/O.

A passage is data, and its special tokens reach the model as plain characters. A small model may
still do what a passage says: of ten documents that try to steer it, the 0.5B obeyed two
(benchmarks/README.md). So sentences that look like an order to a model, or like its chat template,
stay out of the prompt. This second defence has gaps. Users still see such sentences as quotes.
"""

import re

_TEMPLATE = re.compile(
    r"""<\|[\w-]{1,40}\|>                           # ChatML, Llama 3
      | \[/?INST\] | <</?SYS>> | (?<!\w)</?s>(?!\w)  # Llama 2
      | <(?:start|end)_of_turn>                     # Gemma
      | "role"\s*:\s*"(?:system|user|assistant)"
      | \A\s*(?:answer|system|assistant|user)\s*:   # our own prompt, or a dialogue
    """,
    re.X | re.I,
)
# An order starts a sentence or clause; elsewhere it is only reported: "says to ignore all".
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
    """Whether a text looks like an order to a model, or like part of its chat template."""
    return bool(_TEMPLATE.search(text) or _ORDER.search(text))
