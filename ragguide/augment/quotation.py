"""A stream that begins as a quotation in, the same without its marks out. No I/O.

A model that is made to begin with `The guide says: "` quotes first and concludes then. What it
quotes is shown as a sentence, since only the check knows whether it is one of the guide.
"""

from collections.abc import Iterable, Iterator

_MARK = '"'
_ENDS = ".!?:;,…"


def unquoted(pieces: Iterable[str], beginning: str) -> Iterator[str]:
    """Yield an answer without its beginning, and without the mark that ends the quotation.

    What is quoted within it keeps its marks. Joined it is the same however the stream was cut.

    Args:
        pieces: of the answer. It may repeat the beginning, or go on from there.
        beginning: ends with a quotation mark.
    """
    text = _Quotation(beginning)
    yield from map(text.feed, pieces)
    yield text.finish()


class _Quotation:
    def __init__(self, beginning: str) -> None:
        self._beginning = beginning
        self._repeated = ""  # of the beginning, so far
        self._is_repeating = True
        self._is_over = False
        self._n_open = 0  # quotations within it
        self._held = ""  # a mark, and the space after it, of which the next character will tell
        self._last = ""  # character that was given out
        self._last_word = ""  # the same, but no space

    def feed(self, piece: str) -> str:
        return "".join(map(self._next, piece))

    def finish(self) -> str:
        """Give out what is left."""
        left, self._is_repeating = self._repeated, False
        told = "".join(map(self._after_beginning, left))
        return told + (_MARK if self._held and self._n_open else "")

    def _next(self, char: str) -> str:
        if not self._is_repeating:
            return self._after_beginning(char)
        self._repeated += char
        repeated = self._repeated.lstrip()
        if self._beginning.startswith(repeated) and repeated != self._beginning:
            return ""
        left = self._repeated if repeated != self._beginning else ""
        self._repeated, self._is_repeating = "", False
        return "".join(map(self._after_beginning, left))

    def _after_beginning(self, char: str) -> str:
        if self._is_over:
            return char
        if not self._held:
            if char == _MARK:
                self._held = char
                return ""
            return self._out(char)
        if self._held == _MARK and not char.isspace() and self._may_open:
            self._held = ""
            self._n_open += 1
            return self._out(_MARK + char)
        if self._n_open:
            self._held = ""
            self._n_open -= 1
            return self._out(_MARK) + self._after_beginning(char)
        if char.isspace():
            self._held += char
            return ""
        return self._end(char)

    @property
    def _may_open(self) -> bool:
        return not self._last or self._last.isspace() or self._last in "(["

    def _end(self, char: str) -> str:
        """End the quotation before what follows it; as a sentence, unless the next goes on."""
        self._is_over = True
        if char in _ENDS:
            return char if self._last_word not in _ENDS else ""
        stop = "" if self._last_word in _ENDS or char.islower() else "."
        space = "" if self._last.isspace() else self._held[1:] or " "
        return stop + space + char

    def _out(self, text: str) -> str:
        self._last = text[-1]
        if not self._last.isspace():
            self._last_word = self._last
        return text
