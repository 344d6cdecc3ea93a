"""A loaded sentence-transformers model in, its prompts for questions and passages out."""

from typing import Any

import msgspec

from ragguide.types import TextKind

_NAMES: dict[TextKind, tuple[str, ...]] = {
    "query": ("query",),
    "passage": ("document", "passage", "corpus"),  # the order in which `encode_document` looks
}


class Prompts(msgspec.Struct, frozen=True):
    """An embedder's prompts; "" for none."""

    query: str
    passage: str

    def of(self, kind: TextKind) -> str:
        return self.query if kind == "query" else self.passage


def prompts_of(model: Any) -> Prompts:
    """Return the prompts that a model names; without its own, a kind gets the model's default.

    A default prompt that belongs to questions is not used for passages, and the reverse.
    """
    return Prompts(_prompt_of(model, "query"), _prompt_of(model, "passage"))


def _prompt_of(model: Any, kind: TextKind) -> str:
    own = [model.prompts[name] for name in _NAMES[kind] if model.prompts.get(name)]
    if own:
        return str(own[0])
    default = model.default_prompt_name or ""
    belongs_to_others = any(default in names for other, names in _NAMES.items() if other != kind)
    return "" if belongs_to_others else str(model.prompts.get(default) or "")
