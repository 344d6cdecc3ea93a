"""A prefix of a bucket in, its small objects out, replaced by compare-and-swap.

Two writers cannot both replace an object, since the server compares its ETag (`If-Match`,
`If-None-Match`). The clients read credentials from the environment, from a container or from the
machine's role; their own messages may name a key, so none of them is shown.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from ragguide.base.buckets import (
    CONNECT_S,
    NO_BUCKET,
    RETRIES,
    RETRY_S,
    cause_of,
    client_of,
    endpoint,
)
from ragguide.errors import RagguideError, SettingsError, StorageError, StoreDown
from ragguide.index.stores.lance_place import Found
from ragguide.index.stores.protocols import OnWait

if TYPE_CHECKING:
    from obstore import PutMode
    from obstore.store import S3Store

ANSWER_S = 60  # to wait for an answer
_NO_BUCKET = "NoSuchBucket"  # in the message of an error that says "not found"
_NO_SWAP = ("501 Not Implemented", "NotImplemented")
_DELETED_AT_ONCE = 1000  # the most that a request may name


class S3Place:
    """A bucket of Amazon S3, or of a server with its protocol at AWS_ENDPOINT_URL."""

    def __init__(self, url: str) -> None:
        self._bucket, _, prefix = url.removeprefix("s3://").partition("/")
        self._prefix = prefix.strip("/")
        self._opened: S3Store | None = None

    @property
    def address(self) -> str:
        return f"s3://{self._path('')}"

    @property
    def options(self) -> dict[str, str]:
        limits = {
            "client_max_retries": str(RETRIES),
            "client_retry_timeout": str(RETRY_S),
            "connect_timeout": f"{CONNECT_S}s",
            "timeout": f"{ANSWER_S}s",
            "download_retry_count": str(RETRIES),
        }
        return limits | endpoint()

    @property
    def _store(self) -> "S3Store":
        if self._opened is None:
            try:
                client = client_of("s3", self._bucket, timeout_s=ANSWER_S, silence_s=ANSWER_S)
            except ModuleNotFoundError as exc:
                if exc.name != "obstore":
                    raise
                raise SettingsError(
                    "the package obstore is missing. Install it: `pip install 'ragguide[lance]'`."
                ) from None
            self._opened = cast("S3Store", client)
        return self._opened

    @contextmanager
    def _client(self) -> Iterator["S3Store"]:
        """Yield the client. Raises `StoreDown` or `StorageError` for what it reports."""
        store = self._store
        from obstore.exceptions import BaseError

        try:
            yield store
        except (BaseError, OSError) as exc:
            raise self._error(exc) from None

    def _path(self, key: str) -> str:
        return "/".join(part for part in (self._bucket, self._prefix, key) if part)

    def _key(self, key: str) -> str:
        return "/".join(part for part in (self._prefix, key) if part)

    def uri(self, key: str) -> str:
        return f"s3://{self._path(key)}"

    # ── small objects ───────────────────────────────────────────────────────────────────────────

    def read(self, key: str) -> Found | None:
        with self._client() as store:
            try:
                found = store.get(self._key(key))
                data, meta = bytes(found.bytes()), found.meta
            except FileNotFoundError as exc:
                if _NO_BUCKET in str(exc):
                    raise
                return None
        age = datetime.now(UTC) - meta["last_modified"]
        return Found(data, meta["e_tag"] or "", age.total_seconds())

    def write(self, key: str, data: bytes) -> None:
        with self._client() as store:
            store.put(self._key(key), data, mode="overwrite")

    def swap(self, key: str, data: bytes, old: Found | None) -> Found | None:
        with self._client() as store:
            from obstore.exceptions import AlreadyExistsError, NotFoundError, PreconditionError

            mode: PutMode = "create" if old is None else {"e_tag": old.tag}
            try:
                put = store.put(self._key(key), data, mode=mode)
            except (AlreadyExistsError, PreconditionError):
                return None
            except NotFoundError as exc:
                if _NO_BUCKET in str(exc):
                    raise
                return None
        return Found(data, put["e_tag"] or "", 0.0)

    def names(self) -> list[str]:
        with self._client() as store:
            found = store.list_with_delimiter(self._prefix or None)
        return sorted(path.rstrip("/").rpartition("/")[2] for path in found["common_prefixes"])

    def keys(self, key: str) -> list[str]:
        folder = self._key(key)
        with self._client() as store:
            found = [each["path"] for some in store.list(folder) for each in some]
        return [path.removeprefix(f"{folder}/") for path in found]

    def delete(self, key: str) -> None:
        below = [f"{self._key(key)}/{each}" for each in self.keys(key)]
        with self._client() as store:
            for start in range(0, len(below), _DELETED_AT_ONCE):
                store.delete(below[start : start + _DELETED_AT_ONCE])
            with suppress(FileNotFoundError):
                store.delete(self._key(key))

    def lock(self, index: str, *, on_wait: OnWait | None) -> AbstractContextManager[None]:
        from ragguide.index.stores.lance_lease import lease

        return lease(self, index, on_wait=on_wait)

    # ── faults ──────────────────────────────────────────────────────────────────────────────────

    def fault(self, exc: Exception) -> RagguideError | None:
        if any(sign in f"{type(exc).__name__} {exc}" for sign in _NO_SWAP):
            return StorageError(
                f"cannot reach {self.address}: the server cannot compare and swap. Use a server "
                "with If-Match and If-None-Match."
            )
        cause = cause_of(exc)
        if cause is None:
            return None
        fix = "Create it, or check its name" if cause.why == NO_BUCKET else cause.fix
        error = StoreDown if cause.is_down else StorageError
        return error(f"cannot reach {self.address}: {cause.why}. {fix}.")

    def _error(self, exc: Exception) -> RagguideError:
        return self.fault(exc) or StoreDown(
            f"cannot reach {self.address}: the server fails ({type(exc).__name__}). "
            "Check the server and AWS_ENDPOINT_URL."
        )
