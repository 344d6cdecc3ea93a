"""Two words in, the number of typing errors that turn one into the other out.

Most unknown words one letter away from a word of the guide are no typing errors but names: gmail
and email, Ollama and Llama, dtype and type. So a typing error is what fingers and ears do: a letter
is left out, typed twice, swapped with the next, or replaced by a key beside it or another vowel.

Source of the kinds: Kukich, ACM Computing Surveys 24 (1992), sections 2.2 and 3.1.
"""

from functools import cache

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_VOWELS = frozenset("aeiouy")
# Letters that sound alike, and keys that other keyboards swap.
_ALIKE = frozenset(map(frozenset, ("cs", "ck", "sz", "fv", "dt", "gj", "mn", "yz", "aq", "wz")))


def count_slips(typed: str, meant: str, *, most: int) -> int | None:
    """Count the typing errors between two words in small letters; None: more than `most`.

    The optimal string alignment, without the changes that are no typing errors.
    """
    if abs(len(typed) - len(meant)) > most:
        return None
    far = most + 1
    before: list[int] = []
    row = list(range(len(meant) + 1))  # letters left out
    for i, letter in enumerate(typed, start=1):
        last, row, before = before, [row[0] + far, *[far] * len(meant)], row
        for j, wanted in enumerate(meant, start=1):
            extra = 1 if i > 1 and _is_extra(typed, i - 1) else far
            replaced = 0 if letter == wanted else 1 if is_near(letter, wanted) else far
            row[j] = min(before[j] + extra, row[j - 1] + 1, before[j - 1] + replaced)
            is_swap = i > 1 and j > 1 and typed[i - 2 : i] == wanted + meant[j - 2]
            if is_swap and letter != wanted:
                row[j] = min(row[j], last[j - 2] + 1)
    return row[-1] if row[-1] <= most else None


def _is_extra(typed: str, at: int) -> bool:
    """Whether a letter may be one too many: a vowel, typed twice, or a key beside its neighbour."""
    if typed[at] in _VOWELS:
        return True
    beside = typed[at - 1] + typed[at + 1 : at + 2]
    return any(letter == typed[at] or _are_keys_near(letter, typed[at]) for letter in beside)


@cache
def is_near(typed: str, meant: str) -> bool:
    """Whether a letter is typed for another: a key beside it, another vowel, or one alike."""
    both = {typed, meant}
    return both <= _VOWELS or both in _ALIKE or _are_keys_near(typed, meant)


@cache
def _are_keys_near(one: str, other: str) -> bool:
    places = [
        (row, keys.index(letter) + row / 2)  # each row is half a key further to the right
        for letter in (one, other)
        for row, keys in enumerate(_ROWS)
        if letter in keys
    ]
    if len(places) < 2:
        return False
    (row, at), (other_row, other_at) = places
    return abs(row - other_row) <= 1 and abs(at - other_at) <= 1
