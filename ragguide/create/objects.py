"""URLs of buckets in, their objects out, each with its version.

    s3://bucket/docs             one object of this name, else all documents below
    s3://bucket/docs/*.pdf       those that match
    gs://… and az://container/…  the same on Google Cloud and Azure

Nothing here has a password: `base/buckets.py` says where clients find credentials.
"""

import glob
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from ragguide.base.buckets import cause_of, client_of
from ragguide.create.formats import SUFFIXES
from ragguide.create.receive import SILENCE_S, Response, receive
from ragguide.errors import InputError
from ragguide.types import Version

if TYPE_CHECKING:
    from obstore import GetResult, ObjectMeta
    from obstore.store import AzureStore, GCSStore, S3Store

    from ragguide.create.fetch import Rules

BLOCK_BYTES = 1 << 20
_URL = re.compile(r"(s3|gs|az)://([\w$][\w.$-]*)(?:/(.*))?", re.ASCII | re.IGNORECASE | re.DOTALL)
_SIGNED = re.compile(r"\?.*\b(sig|signature)=", re.IGNORECASE)  # a URL that contains a right
_SUPPORTED = frozenset({".pdf", *SUFFIXES})


class Place:
    """Which objects a URL names."""

    def __init__(self, url: str) -> None:
        """Parse a URL.

        Raises:
            InputError: it is none of a bucket, or contains a password.
        """
        match = _URL.fullmatch(url)
        if match is None or _SIGNED.search(url):
            scheme = url.partition(":")[0][:2].lower()
            raise InputError(
                f"a URL of {scheme}:// is not valid, or contains a key. Use "
                f"{scheme}://BUCKET/PATH, and put keys into the environment."
            )
        self.url = url
        self.scheme, self.bucket = match[1].lower(), match[2]
        key: str = match[3] or ""
        self._parts = key.strip("/").split("/") if key.strip("/") else []
        if any(part in ("", ".", "..") for part in self._parts) or not key.isprintable():
            raise InputError(
                f"{url!r} contains an empty part, '.', '..' or a control character. Leave it out."
            )
        is_magic = [glob.has_magic(part) for part in self._parts]
        n_literal = is_magic.index(True) if True in is_magic else len(self._parts)
        self._pattern = self._parts[n_literal:]
        self.folder = "/".join(self._parts[:n_literal])
        self.key = "/".join(self._parts)
        self.is_pattern = bool(self._pattern)
        self.may_be_object = bool(self.key) and not self.is_pattern and not key.endswith("/")
        self.is_named = self.may_be_object and Path(self.key).suffix.lower() in _SUPPORTED

    def url_of(self, key: str) -> str:
        return f"{self.scheme}://{self.bucket}/{key}"

    def takes(self, url: str) -> bool:
        """Whether a URL is one of an object that this one names."""
        start = self.url_of("")
        if not url.startswith(start):
            return False
        key = url.removeprefix(start)
        return (self.may_be_object and key == self.key) or self.has_below(key)

    def has_below(self, key: str) -> bool:
        """Whether an object is a document in the folder that is named, or matches the pattern.

        As for files, a folder and one that matches stand for the supported documents below, and
        hidden ones are left out.
        """
        folder = f"{self.folder}/" if self.folder else ""
        parts = key.removeprefix(folder).split("/")
        if not key.startswith(folder) or any(part.startswith(".") for part in parts):
            return False
        ends = _ends(parts, self._pattern)
        is_supported = Path(key).suffix.lower() in _SUPPORTED
        if len(parts) in ends and self._pattern[-1:] not in ([], ["**"]):
            return True
        return is_supported and any(end < len(parts) for end in ends)


def _ends(parts: Sequence[str], pattern: Sequence[str]) -> set[int]:
    """Return after how many parts the pattern is used up; `**` is any number of folders."""

    def reached(places: set[int]) -> set[int]:
        for place in sorted(places):
            while place < len(pattern) and pattern[place] == "**":
                place += 1
                places.add(place)
        return places

    places = reached({0})
    ends = {0} if len(pattern) in places else set()
    for number, part in enumerate(parts, start=1):
        following = set()
        for place in places - {len(pattern)}:
            if pattern[place] == "**":
                following.add(place)
            elif fnmatchcase(part, pattern[place]):
                following.add(place + 1)
        places = reached(following)
        if len(pattern) in places:
            ends.add(number)
    return ends


class Objects:
    """Lists and downloads objects of any bucket."""

    def __init__(self, rules: "Rules") -> None:
        self._rules = rules
        self._clients: dict[tuple[str, str], S3Store | GCSStore | AzureStore] = {}

    def find(self, url: str) -> dict[str, Version]:
        """Return the objects that a URL names, in the order of a folder's files.

        Raises:
            InputError: the bucket cannot be listed.
        """
        place = Place(url)
        denied: Exception | None = None
        with self._asking(place) as client:
            from obstore.exceptions import PermissionDeniedError

            if place.may_be_object:
                try:
                    return {place.url_of(place.key): version_of(client.head(place.key))}
                except FileNotFoundError:
                    pass  # it may be a folder; a missing bucket has no folder either
                except PermissionDeniedError as exc:
                    denied = exc  # of a name that is only a folder, some servers say this, too
            metas = chain.from_iterable(client.list(place.folder or None))
            found = {meta["path"]: version_of(meta) for meta in metas if _is_taken(place, meta)}
            if denied is not None and not found:
                raise denied
        if place.is_pattern and place.key in found:
            keys = [place.key]  # its name only looks like a pattern
        else:
            keys = sorted(found, key=lambda key: key.split("/"))
        return {place.url_of(key): found[key] for key in keys}

    def download(self, url: str, target: Path) -> Response:
        """Write an object to `target`.

        Raises:
            InputError: there is none, it is too large, or the bucket does not answer.
        """
        place = Place(url)
        deadline = time.monotonic() + self._rules.timeout_s
        with self._asking(place) as client:
            got = client.get(place.key)
            meta, about = got.meta, got.attributes
            if str(about.get("Content-Encoding") or "identity").lower() != "identity":
                raise InputError(f"{url} is stored compressed. Store it as plain bytes.")
            receive(
                url,
                _blocks(got, url, deadline),
                target,
                expected_bytes=meta["size"],
                max_bytes=self._rules.max_bytes,
            )
        return Response(str(about.get("Content-Type") or ""), version_of(meta))

    @contextmanager
    def _asking(self, place: Place) -> "Iterator[S3Store | GCSStore | AzureStore]":
        """Yield the client of a bucket. Raises `InputError` for what it reports."""
        try:
            from obstore.exceptions import BaseError, InvalidPathError
        except ModuleNotFoundError as exc:
            if exc.name != "obstore":
                raise
            raise InputError(
                f"{place.scheme}:// needs the package obstore. Install it: "
                "pip install 'ragguide[buckets]'"
            ) from exc
        key = (place.scheme, place.bucket)
        try:
            if key not in self._clients:
                self._clients[key] = client_of(
                    *key, timeout_s=self._rules.timeout_s, silence_s=SILENCE_S
                )
            yield self._clients[key]
        except InvalidPathError:
            raise InputError(
                f"{place.url} cannot be listed: the name of an object there contains '//', '.' or "
                "'..' as a folder, or a control character. Rename it, or name another folder."
            ) from None
        except (BaseError, OSError) as exc:
            raise _fault(place, exc) from None


def _blocks(got: "GetResult", url: str, deadline: float) -> Iterator[bytes]:
    """Yield what arrives, until the deadline."""
    for block in got.stream(min_chunk_size=BLOCK_BYTES):
        yield bytes(block)
        if time.monotonic() > deadline:
            raise InputError(f"{url} did not arrive in time. Try again later.")


def _fault(place: Place, exc: Exception) -> InputError:
    if isinstance(exc, OSError) and exc.strerror:  # ours: those of clients have no number
        return InputError(
            f"cannot store {place.url} for reading: {exc.strerror}. Set TMPDIR to a folder with "
            "space."
        )
    cause = cause_of(exc, place.scheme)
    if cause is not None:
        return InputError(f"cannot read {place.url}: {cause.why}. {cause.fix}.")
    if isinstance(exc, FileNotFoundError):
        return InputError(f"{place.url} does not exist. Check its name.")
    return InputError(
        f"cannot read {place.url}: the server fails ({type(exc).__name__}). Try again later."
    )


def _is_taken(place: Place, meta: "ObjectMeta") -> bool:
    """Whether a URL names a listed object, which is not the empty one of a folder."""
    key = meta["path"]
    is_folder = not meta["size"] and Path(key).suffix.lower() not in _SUPPORTED
    return not is_folder and (place.has_below(key) or (place.is_pattern and key == place.key))


def version_of(meta: "ObjectMeta") -> Version:
    """Return the version that a server states of an object."""
    # Azure quotes an ETag in one answer, and not in another.
    etag = (meta["e_tag"] or "").strip('"')
    return Version(etag=etag, last_modified=meta["last_modified"].isoformat())


def is_same(one: Version, other: Version) -> bool:
    """Whether two versions are of the same bytes; the date counts only without an ETag."""
    if one.etag or other.etag:
        return one.etag == other.etag
    return one.last_modified == other.last_modified
