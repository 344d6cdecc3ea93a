"""Documents other than PDF in, cleaned `Document`s out: one reader for each format.

Each reader is a function of a path, without state. A parser can loop or exhaust memory on a foreign
file, so call `read_document` in a child process with limits on time and memory. Known dangers (zip
bombs, DTDs) and encrypted files are rejected before any parser opens the file.
"""

import warnings
from importlib import import_module
from pathlib import Path

import msgspec

from ragguide.create.formats.files import check_file
from ragguide.create.pdf.plain import brief
from ragguide.errors import InputError
from ragguide.types import Document


class Reader(msgspec.Struct, frozen=True):
    """Where a format's reader is, and which package it needs."""

    module: str  # in this folder; imported when the first file of the format is read
    function: str  # (path) -> Document
    package: str = ""  # imported by the module
    extra: str = ""  # the extra of ragguide that installs the package


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
SUFFIXES = frozenset(READERS)  # in lower case
_SUCCESSORS = {".doc": ".docx", ".rtf": ".docx", ".odt": ".docx", ".ppt": ".pptx", ".odp": ".pptx"}
_SUCCESSORS |= {".xls": ".xlsx", ".xlsb": ".xlsx", ".ods": ".xlsx", ".docm": ".docx"}


def read_document(path: Path) -> Document:
    """Read a document by its suffix.

    Raises:
        InputError: the file is missing, empty, damaged, encrypted or malicious, does not match its
            suffix, has no text, or needs a package that is not installed.
    """
    suffix = path.suffix.lower()
    reader = READERS.get(suffix)
    if reader is None:
        if suffix in _SUCCESSORS:
            advice = f"Save it as {_SUCCESSORS[suffix]} first."
        else:
            advice = f"Supported formats: .pdf {' '.join(sorted(SUFFIXES))}."
        raise InputError(f"{path} has no supported format ({suffix or 'no suffix'}). {advice}")
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
        with warnings.catch_warnings():  # parsers warn about harmless oddities
            warnings.simplefilter("ignore")
            document: Document = getattr(module, reader.function)(path)
    except InputError:
        raise
    except MemoryError as exc:
        raise InputError(
            f"{path} exceeds the memory limit. "
            "Split it into smaller files, or raise parse_memory_mb."
        ) from exc
    except Exception as exc:  # a damaged file can make a parser raise any exception
        raise InputError(
            f"{path} is damaged and cannot be read ({brief(exc)}). "
            "Open it in its own program and save it again."
        ) from exc
    return document
