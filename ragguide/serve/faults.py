"""Errors in, status codes and one clear line out, in the shape of OpenAI's errors."""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

from ragguide.errors import (
    ContextFull,
    IndexFault,
    ModelError,
    RagguideError,
    StoreDown,
    UsageError,
)

STORE_DOWN = "The database of the indexes does not answer."
INTERNAL = "ragguide failed. The log of the server has the details."

_log = logging.getLogger(__name__)


class ServeFault(Exception):
    """A request that is refused, with the reply's status."""

    def __init__(
        self, status: int, message: str, *, code: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})

    @property
    def body(self) -> dict[str, object]:
        """The JSON of the reply."""
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        error = {"message": self.message, "type": kind, "param": None, "code": self.code}
        return {"error": error}


def fault_of(exc: Exception, hide: "HiddenFolders") -> ServeFault:
    """Turn an error into a reply; one that ragguide does not raise on purpose gives no details."""
    if isinstance(exc, ServeFault):
        return exc
    if isinstance(exc, StoreDown):
        return ServeFault(503, STORE_DOWN, code="index_unusable")
    message = hide(str(exc))
    if isinstance(exc, UsageError | ContextFull):
        return ServeFault(400, message, code="invalid_request")
    if isinstance(exc, IndexFault):
        return ServeFault(503, message, code="index_unusable")
    if isinstance(exc, ModelError):
        return ServeFault(503, message, code="model_unusable")
    if isinstance(exc, RagguideError):
        return ServeFault(500, message, code="internal_error")
    return ServeFault(500, INTERNAL, code="internal_error")


def logged_fault(exc: Exception, hide: "HiddenFolders") -> ServeFault:
    """Turn an error into a reply, as `fault_of`; log an internal one."""
    fault = fault_of(exc, hide)
    if fault.status == 500:
        _log.error("internal error", exc_info=exc)
    return fault


class HiddenFolders:
    """Takes this machine's folders out of messages: strangers may read them."""

    def __init__(self, folders: Iterable[Path]) -> None:
        shown = {str(each) for folder in folders for each in (folder, folder.resolve())}
        longest_first = sorted(shown, key=len, reverse=True)
        self._folders = [folder for folder in longest_first if len(Path(folder).parts) > 1]

    def __call__(self, text: str) -> str:
        for folder in self._folders:
            text = text.replace(f"{folder}/", "").replace(folder, Path(folder).name)
        return text
