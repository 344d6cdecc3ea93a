"""URLs of the web in, their parts out."""

from urllib.parse import SplitResult, urlsplit


def split_http(url: str) -> SplitResult | None:
    """Return the parts of an http:// or https:// URL; None for anything else."""
    try:
        parts = urlsplit(url)
        is_valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if is_valid and url.isprintable() and " " not in url else None
