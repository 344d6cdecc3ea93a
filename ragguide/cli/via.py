"""The value of `--via` in, a guide that a server answers from out, for `query` and `search`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ragguide.cli.notes import note
from ragguide.errors import UsageError

if TYPE_CHECKING:
    from ragguide.cli.remote import RemoteGuide

_FLAGS = {"reranker": "rerank", "generator": "llm"}


def connect(
    address: str, own: Mapping[str, object], *, index: str | None, top_k: int | None
) -> "RemoteGuide":
    """Connect to a `ragguide serve`, and warn if its sources have changed.

    Args:
        address: of the server.
        own: options that the server decides, which must be None.
        index: a name; None for the server's default.
        top_k: number of passages; None for the server's.

    Raises:
        UsageError: one of the options is given, or the address is no URL.
        ServerError: the server cannot be reached.
    """
    from ragguide.cli.remote import RemoteGuide  # imports ssl

    for name, value in own.items():
        if value is not None:
            flag = _FLAGS.get(name, name).replace("_", "-")
            raise UsageError(
                f"--{flag} has no effect on the server of --via. Give it to `ragguide serve`."
            )
    remote = RemoteGuide(address, index=index, top_k=top_k)
    for each in remote.stale:
        note(each)
    return remote
