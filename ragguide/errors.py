"""All errors that ragguide raises on purpose, and their exit codes.

    RagguideError
    ├── UsageError          2    the question or an argument cannot be used
    │   └── InputError      2    a document cannot be read: missing, empty, encrypted, damaged
    ├── SettingsError       3    a setting is unknown or out of range
    ├── IndexFault          3    an index cannot be used
    │   ├── IndexMissing    7    there is no index of that name
    │   ├── IndexCorrupt    3    a file of the index is missing or damaged
    │   ├── IndexMismatch   3    the index has another embedder or format
    │   ├── BundleRefused   3    a bundle is damaged or inconsistent
    │   ├── IndexLocked     3    another process is writing the index
    │   ├── RecallTooLow    3    an approximate index would miss too many near vectors
    │   ├── StoreDown       3    the database or bucket of the indexes does not answer
    │   └── StorageError    3    the disk is full, or a folder cannot be written
    ├── WorkersDown         3    the workers of an ingest cannot be reached, or end
    ├── ServerError         3    the server of --via cannot be reached, or fails
    │   └── NoRemoteIndex   7    it has no index of that name
    ├── OutputError         3    stdout cannot be written
    ├── GateNotMet          6    an update failed its gate, and the old index stays active
    └── ModelError          5    an embedder or generator is missing, broken or failing
        ├── DeviceMissing   5    a requested GPU is missing or cannot be used
        └── ContextFull     5    a prompt and its answer do not fit the generator's context

Exit code 0 means success, 4 that the guide does not answer; neither is an error. 1 is an internal
error with a traceback, 130 an interrupt. An error message is one line: what failed, with which
values, and what to type.
"""


class RagguideError(Exception):
    """Base of all errors that a user can fix. `exit_code` is the process's exit status."""

    exit_code = 1


class UsageError(RagguideError):
    exit_code = 2


class InputError(UsageError):
    pass


class SettingsError(RagguideError):
    exit_code = 3


class IndexFault(RagguideError):
    exit_code = 3


class IndexMissing(IndexFault):
    """There is no index of this name; scripts tell this apart, since the first run has none."""

    exit_code = 7

    def __init__(self, message: str, *, name: str | None) -> None:
        super().__init__(message)
        self.name = name  # None: folders are no place to look for it


class IndexCorrupt(IndexFault):
    pass


class IndexMismatch(IndexFault):
    pass


class BundleRefused(IndexFault):
    pass


class IndexLocked(IndexFault):
    pass


class RecallTooLow(IndexFault):
    pass


class StoreDown(IndexFault):
    pass


class StorageError(IndexFault):
    pass


class WorkersDown(RagguideError):
    exit_code = 3


class ServerError(RagguideError):
    exit_code = 3


class NoRemoteIndex(ServerError):
    exit_code = 7


class OutputError(RagguideError):
    exit_code = 3


class GateNotMet(RagguideError):
    exit_code = 6


class ModelError(RagguideError):
    exit_code = 5


class DeviceMissing(ModelError):
    pass


class ContextFull(ModelError):
    pass
