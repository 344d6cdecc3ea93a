"""The cells of rows in, whether they are pairs of names and values out. No I/O.

A column of a table holds values of one kind. Beside names they are of several: `41 m`, `oil`, `5`.
"""

import re
from collections import Counter
from collections.abc import Sequence

MIN_KINDS = 3  # of values beside names, which no column would hold

_WORDS = "words"  # the kind of values without a digit
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_AMOUNT = re.compile(r"[^\w\s]?\s?\d[\d.,' ]*(?:\s?[^\W\d]{1,4}|\s?[^\w\s])?")  # 129.00 €
_KIND = re.compile(r"[\d.,' ]+")  # what numbers of one kind differ in


def are_pairs(rows: Sequence[Sequence[str]]) -> bool:
    """Whether each row is a name and its value, or several; the first row is no header then."""
    names = [name for row in rows for name in row[::2]]
    if all(name.endswith(":") for name in names):
        return True
    if len(rows[0]) == 2 and are_names_with_values(rows):
        return True
    if any(map(_DIGIT.search, names)):
        return False
    return are_several_pairs(rows) or _has_values(rows[0])


def are_names_with_values(rows: Sequence[Sequence[str]]) -> bool:
    """Whether two columns are names and values: times, names of amounts, values of many kinds."""
    names, values = ([row[at] for row in rows] for at in (0, 1))
    if _are_of_one_kind(names):
        return True
    if any(map(_DIGIT.search, names)):
        return _are_amounts(names, values)
    return _are_mixed(values)


def are_several_pairs(rows: Sequence[Sequence[str]]) -> bool:
    """Whether each row holds two pairs or more, as the labels and the values show."""
    n_columns = len(rows[0])
    if n_columns < 4 or n_columns % 2 or any(len(row) != n_columns for row in rows):
        return False
    names = [name for row in rows for name in row[::2]]
    values = [[row[at] for row in rows] for at in range(1, n_columns, 2)]
    return not any(map(_DIGIT.search, names)) and _are_labels(names) and _are_no_columns(values)


def _has_values(row: Sequence[str]) -> bool:
    """Whether a row has numbers beside its names, and not only years, which may name columns."""
    values = [text for text in row[1::2] if _DIGIT.search(text)]
    return bool(values) and not all(map(_YEAR.fullmatch, values))


def _are_of_one_kind(names: Sequence[str]) -> bool:
    """Whether all names are times, spans of years and the like, the first one too."""
    kinds = set(map(_kind, names))
    return len(kinds) == 1 and not any(each.isalnum() for each in kinds.pop() or "x")


def _are_amounts(names: Sequence[str], values: Sequence[str]) -> bool:
    """Whether names that begin with a word, as `VAT 20 %`, mostly have amounts beside them."""
    amounts = [value for value in values if _AMOUNT.fullmatch(value)]
    is_first = amounts[:1] == values[:1] and not _YEAR.fullmatch(values[0])
    is_word = not any(name[:1].isdigit() for name in names)
    return is_first and is_word and 2 * len(amounts) > len(values)


def _are_labels(names: Sequence[str]) -> bool:
    """Whether names differ, and all or none begin with a capital."""
    named = [name for name in names if name]
    return len(set(named)) == len(named) and len({name[0].isupper() for name in named}) == 1


def _are_no_columns(columns: Sequence[Sequence[str]]) -> bool:
    """Whether values are of several kinds, within each column, too."""
    n_kinds = len({_kind(value) for column in columns for value in column if value})
    return n_kinds >= MIN_KINDS and not any(map(_is_column, columns))


def _is_column(values: Sequence[str]) -> bool:
    """Whether the values below the first are of one kind, and the first may name them."""
    first, *others = values
    kinds = {_kind(value) for value in others if value}
    is_amount = first[:1].isdigit() and not _YEAR.fullmatch(first)
    return len(kinds) < 2 and (not is_amount or _kind(first) in kinds)


def _are_mixed(values: Sequence[str]) -> bool:
    """Whether values are of several kinds, none of which most have: `41 m`, `5`, `oil`, `13 kn`.

    If only the first one is a word, it names amounts: `Amount`, `250 g`, `3`, `1 tsp`.
    """
    kinds = Counter(map(_kind, values))
    is_name = _kind(values[0]) == _WORDS and kinds[_WORDS] == 1
    return len(kinds) >= MIN_KINDS and 2 * max(kinds.values()) <= len(values) and not is_name


def _kind(value: str) -> str:
    return _KIND.sub("", value) if _DIGIT.search(value) else _WORDS
