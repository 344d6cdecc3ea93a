"""Text and errors of foreign files in, text that JSON and a terminal can show out."""


def brief(exc: BaseException) -> str:
    """Return an exception as one short line without control characters."""
    return one_line(f"{type(exc).__name__}: {exc}")[:120]


def one_line(text: str) -> str:
    """Replace line breaks and other control characters, which a terminal would execute."""
    return " ".join("".join(c if c.isprintable() else " " for c in encodable(text)).split())


def encodable(text: str) -> str:
    """Join surrogate pairs; replace lone surrogates, which cannot be encoded, with `�`."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
