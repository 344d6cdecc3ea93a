"""Every error that ragguide raises on purpose, and the exit code that each one ends with.

    RagguideError
    ├── UsageError          2    the question or an argument cannot be used
    │   └── InputError      2    a document cannot be read: missing, empty, encrypted, damaged
    ├── SettingsError       3    a setting is unknown or out of range
    ├── IndexFault          3    an index cannot be used as it stands
    │   ├── IndexMissing    3    there is no index of that name yet
    │   ├── IndexCorrupt    3    a file of the index is not what its manifest says
    │   ├── IndexMismatch   3    the index was built by another embedder or format
    │   ├── BundleRefused   3    a bundle is damaged, or not what it says of itself
    │   ├── IndexLocked     3    another process is writing it
    │   ├── RecallTooLow    3    an approximate index would miss too much of what is nearest
    │   └── StorageError    3    the disk is full, or a folder cannot be written
    ├── GateNotMet          6    an update would make answers worse, and was not switched to
    └── ModelError          5    an embedder or generator is missing, broken or failing
        └── DeviceMissing   5    a GPU that was asked for is not there, or cannot be used

0 means done and 4 that the guide does not answer; neither is an error. 1 is a bug of ours, and
keeps its traceback. 130 is an interrupt. The message of each error is one line: what happened,
with which values, and the command that mends it.
"""


class RagguideError(Exception):
    """Base of all errors that a user can mend. `exit_code` is the process's exit status."""

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
    pass


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


class StorageError(IndexFault):
    pass


class GateNotMet(RagguideError):
    exit_code = 6


class ModelError(RagguideError):
    exit_code = 5


class DeviceMissing(ModelError):
    pass
