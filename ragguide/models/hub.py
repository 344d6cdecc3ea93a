"""A file's name on the hub in, its description or its bytes out. A script, not imported.

    hub.py describe OWNER/REPO FILE          prints size, sha256 and licence as a line of JSON
    hub.py download OWNER/REPO FILE PART     appends the missing bytes to PART

`ragguide.models.hub_source` runs it in a child process. hf_hub_download gives every unfinished file
a new name and so cannot resume it; here the caller owns the file, and a range request asks for the
rest. An error is one line on stderr.
"""

import json
import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

from huggingface_hub import get_hf_file_metadata, hf_hub_url, model_info
from huggingface_hub.errors import EntryNotFoundError, GatedRepoError, RepositoryNotFoundError
from huggingface_hub.file_download import http_get
from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

_TIMEOUT_S = 5.0  # for an answer of the hub
_SHA256 = re.compile(r"[0-9a-f]{64}")  # the form of its ETag for a large file
_LICENSE = re.compile(r"[\w.+-]{1,40}", re.ASCII)


def describe(repo: str, file: str) -> None:
    metadata = get_hf_file_metadata(hf_hub_url(repo, file), timeout=_TIMEOUT_S)
    sha256 = metadata.etag if _SHA256.fullmatch(metadata.etag or "") else None
    description = {"size_bytes": metadata.size, "sha256": sha256, "license": _license(repo)}
    sys.stdout.write(json.dumps(description))


def _license(repo: str) -> str | None:
    """Return the licence on the model card; None if it states none, or a mirror has no cards."""
    try:
        card = model_info(repo, timeout=_TIMEOUT_S).card_data
    except Exception:  # the licence is optional; `describe` reports errors of the file itself
        return None
    named = [card.get("license"), card.get("license_name")] if card else []
    known = [name for name in named if isinstance(name, str) and _LICENSE.fullmatch(name)]
    return known[-1] if known[:1] == ["other"] else known[0] if known else None


def download(repo: str, file: str, part: str) -> None:
    url = hf_hub_url(repo, file)
    metadata = get_hf_file_metadata(url, timeout=_TIMEOUT_S)
    headers = build_hf_headers()
    if urlsplit(metadata.location).netloc != urlsplit(url).netloc:
        headers.pop("authorization", None)  # the token is for the hub, not for its CDN
    with Path(part).open("ab") as out:
        if metadata.size is not None and out.tell() > metadata.size:
            out.truncate(0)
        http_get(
            metadata.location,
            out,
            resume_size=out.seek(0, 2),
            headers=headers,
            expected_size=metadata.size,
        )


def _reason(exc: Exception, repo: str, file: str) -> str:
    if isinstance(exc, GatedRepoError):
        return f"{repo} is gated: accept its terms on its page, and set HF_TOKEN"
    if isinstance(exc, RepositoryNotFoundError):
        return f"{repo} does not exist, or is private: then set HF_TOKEN"
    if isinstance(exc, EntryNotFoundError):
        return f"{repo} has no file {file}"
    return f"{type(exc).__name__}: {(str(exc).splitlines() or [''])[0]}"


if __name__ == "__main__":
    command, arguments = sys.argv[1], sys.argv[2:]
    try:
        if command == "describe":
            describe(*arguments)
        else:
            download(*arguments)
    except Exception as exc:
        sys.exit(f"ERROR: {_reason(exc, *arguments[:2])}")
