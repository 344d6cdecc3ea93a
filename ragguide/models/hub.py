"""A file's name on the hub in, what the hub states of it out, or its bytes. A script, not imported.

    hub.py state OWNER/REPO FILE          size, sha256 and licence, as a line of JSON
    hub.py bring OWNER/REPO FILE PART     appends to PART what it still lacks

`ragguide.models.download` runs it in a child process. hf_hub_download names every unfinished file
afresh, so it resumes none; here the caller owns the unfinished file, and a range request asks for
the rest. An error is one line on stderr.
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

_TIMEOUT_S = 5.0  # for a word of the hub
_SHA256 = re.compile(r"[0-9a-f]{64}")  # what its ETag of a large file is
_LICENSE = re.compile(r"[\w.+-]{1,40}", re.ASCII)


def state(repo: str, file: str) -> None:
    metadata = get_hf_file_metadata(hf_hub_url(repo, file), timeout=_TIMEOUT_S)
    sha256 = metadata.etag if _SHA256.fullmatch(metadata.etag or "") else None
    stated = {"size_bytes": metadata.size, "sha256": sha256, "license": _license(repo)}
    sys.stdout.write(json.dumps(stated))


def _license(repo: str) -> str | None:
    """What the model card states; None where it does not, or a mirror has no cards."""
    try:
        card = model_info(repo, timeout=_TIMEOUT_S).card_data
    except Exception:  # the file is what was asked for; of what it lacks `state` has told
        return None
    named = [card.get("license"), card.get("license_name")] if card else []
    known = [name for name in named if isinstance(name, str) and _LICENSE.fullmatch(name)]
    return known[-1] if known[:1] == ["other"] else known[0] if known else None


def bring(repo: str, file: str, part: str) -> None:
    url = hf_hub_url(repo, file)
    metadata = get_hf_file_metadata(url, timeout=_TIMEOUT_S)
    headers = build_hf_headers()
    if urlsplit(metadata.location).netloc != urlsplit(url).netloc:
        headers.pop("authorization", None)  # the token is the hub's, not its CDN's
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
        return f"{repo} is not there, or is private: then set HF_TOKEN"
    if isinstance(exc, EntryNotFoundError):
        return f"{repo} holds no {file}"
    return f"{type(exc).__name__}: {(str(exc).splitlines() or [''])[0]}"


if __name__ == "__main__":
    step, asked = sys.argv[1], sys.argv[2:]
    try:
        if step == "state":
            state(*asked)
        else:
            bring(*asked)
    except Exception as exc:
        sys.exit(f"ERROR: {_reason(exc, *asked[:2])}")
