"""Documents other than PDF in, cleaned `Document`s out: one reader for each format.

Each reader is a function of a path, without state. Parsers of foreign files can loop or swallow
memory, so `read_document` is meant to run in a child process with a clock and a ceiling; what can
be told beforehand (a zip bomb, a DTD, a password) is refused before any parser sees the file.
"""

import warnings
from importlib import import_module
from pathlib import Path

import msgspec

from ragguide.create.formats.files import brief, check_file
from ragguide.errors import InputError
from ragguide.types import Document


class Reader(msgspec.Struct, frozen=True):
    """Where a format's reader is, and what must be installed for it."""

    module: str  # in this folder; imported only when a file of the format comes
    function: str  # (path) -> Document
    package: str = ""  # that the module imports
    extra: str = ""  # of ragguide, that installs it


_TEXT = Reader("text", "read_plain_text")
_MARKDOWN = Reader("markdown", "read_markdown")
_WEB = Reader("web", "read_html")
_WORD = Reader("word", "read_docx", "docx", "office")
_SLIDES = Reader("slides", "read_pptx", "pptx", "office")
_WORKBOOK = Reader("sheets", "read_xlsx", "openpyxl", "office")
_TABLE = Reader("delimited", "read_csv")

READERS = {
    ".txt": _TEXT,
    ".text": _TEXT,
    ".md": _MARKDOWN,
    ".markdown": _MARKDOWN,
    ".html": _WEB,
    ".htm": _WEB,
    ".xhtml": _WEB,
    ".docx": _WORD,
    ".pptx": _SLIDES,
    ".pptm": _SLIDES,
    ".xlsx": _WORKBOOK,
    ".xlsm": _WORKBOOK,
    ".csv": _TABLE,
    ".tsv": _TABLE,
}
SUFFIXES = frozenset(READERS)  # in small letters
_SUCCESSORS = {".doc": ".docx", ".rtf": ".docx", ".odt": ".docx", ".ppt": ".pptx", ".odp": ".pptx"}
_SUCCESSORS |= {".xls": ".xlsx", ".xlsb": ".xlsx", ".ods": ".xlsx", ".docm": ".docx"}


def read_document(path: Path) -> Document:
    """Read a document by its suffix.

    Raises:
        InputError: the file is missing, empty, damaged, encrypted, not what its suffix says or made
            to harm, has no text at all, or its format needs a package that is not installed.
    """
    suffix = path.suffix.lower()
    reader = READERS.get(suffix)
    if reader is None:
        if suffix in _SUCCESSORS:
            mend = f"Save it as {_SUCCESSORS[suffix]} first."
        else:
            mend = f"Formats that can: .pdf {' '.join(sorted(SUFFIXES))}."
        raise InputError(
            f"{path} is of a kind that cannot be read ({suffix or 'no suffix'}). {mend}"
        )
    check_file(path)
    try:
        module = import_module(f"{__name__}.{reader.module}")
    except ModuleNotFoundError as exc:
        if exc.name != reader.package:
            raise
        raise InputError(
            f"{path} cannot be read without the package {exc.name}. "
            f"Install it: pip install 'ragguide[{reader.extra}]'"
        ) from exc
    try:
        with warnings.catch_warnings():  # a parser's remarks on a file's oddities
            warnings.simplefilter("ignore")
            document: Document = getattr(module, reader.function)(path)
    except InputError:
        raise
    except MemoryError as exc:
        raise InputError(f"{path} needs more memory than there is. Split it up.") from exc
    except Exception as exc:  # parsers raise whatever a file makes them stumble over
        raise InputError(
            f"{path} is damaged beyond reading ({brief(exc)}). "
            "Open it in its program and save it anew."
        ) from exc
    return document
