"""A web page's tree in, the same with the rules of its style sheets on its elements out.

Only what changes the meaning of a text counts: struck out, or raised. Of several rules for an
element the last one counts, and its own style more than any rule.
"""

import re
from collections.abc import Iterator

from turbohtml import Element, SelectorSyntaxError

MAX_RULES = 2000  # of a page

_COMMENT = re.compile(r"/\*(?:[^*]|\*(?!/))*(?:\*/|\Z)")
# Rules for print, wide screens …
_AT_RULE = re.compile(r"@[^{};@]*(?:;|\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})")
_DECLARED = re.compile(r"(?:^|;)\s*(text-decoration|vertical-align)(?:-line)?\s*:\s*([^;]*)", re.I)
_CHANGING = re.compile(r"line-through|super", re.I)
_RAISING = re.compile(r"vertical-align\s*:\s*super", re.I)


def spread_styles(root: Element) -> None:
    """Copy what style sheets declare for struck-out and raised text to the elements, in place."""
    sheets = "\n".join(sheet.text for sheet in root.find_all("style"))
    if not _CHANGING.search(sheets):
        return
    styles: dict[Element, dict[str, str]] = {}
    for element, name, value in _declared(root, sheets):
        styles.setdefault(element, {})[name] = value
    for element, declared in styles.items():
        own = element.attr("style") or ""
        added = [f"{name}:{value};" for name, value in declared.items() if name not in own.lower()]
        element.attrs["style"] = "".join(added) + own


def _declared(root: Element, sheets: str) -> Iterator[tuple[Element, str, str]]:
    """Yield each element with what a rule declares for it, in the order of the rules."""
    plain = _AT_RULE.sub("", _COMMENT.sub("", sheets))
    for n_rules, rule in enumerate(plain.split("}")):
        selector, _, block = rule.partition("{")
        declared = _DECLARED.findall(block)
        if n_rules >= MAX_RULES or not declared:
            continue
        try:
            elements = root.select(selector.strip())
        except SelectorSyntaxError:  # such as `::before`, which is no element
            continue
        for element in elements:
            yield from ((element, name.lower(), value.strip()) for name, value in declared)


def is_raised(element: Element) -> bool:
    return element.tag == "sup" or bool(
        element.attrs and _RAISING.search(element.attr("style") or "")
    )
