"""A generator's file in, what was measured of it on this machine out.

    models_dir/measured/<key>.json     a record; the key names the file's path, and the machine
    models_dir/measured/<key>.gguf     the same model requantised, where that is what is run

`ragguide models optimise` writes them. A record of another machine, or of a file or a prompt that
has changed since, is ignored.
"""

import glob
import hashlib
import logging
import os
from pathlib import Path
from typing import Literal

import msgspec

from ragguide.augment.prompt import VERSION
from ragguide.base.machine import processor
from ragguide.errors import ModelError
from ragguide.generate.selftest import LEAST_RIGHT
from ragguide.models.find import GeneratorFile
from ragguide.models.verify import OnRead, Verified, license_path, record_path, verify_files

FORMAT_VERSION = 2
READ_S = 3.4  # in which a generator should have read its evidence
# Of evidence: less holds too few facts; more brings few, and the default generator reads as many in
# that time on two cores, so it is also what is read where nothing was measured.
LEAST_TOKENS, MOST_TOKENS = 150, 180

_log = logging.getLogger(__name__)

Kind = Literal["as it is", "Q4_0", "Q8_0"]


class Trial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How fast a file of a generator is, and how faithful."""

    kind: Kind
    repack: bool  # whether llama.cpp copies the weights into another order when it loads them
    size_bytes: int
    load_s: float
    prompt_tokens_s: float
    answer_tokens_s: float
    mean_logprob: float | None = None  # that it gives right answers, a token; None: not looked at
    n_right: int | None = None  # of the self-test; None: not asked

    def seconds(self, n_prompt: int, n_answer: int) -> float:
        """What an answer takes, from its loading on."""
        return self.load_s + n_prompt / self.prompt_tokens_s + n_answer / self.answer_tokens_s


class Measured(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The record of a generator's file on a machine."""

    format_version: int
    machine: str
    prompt_version: str  # of the words that the self-test is asked with, as real questions are
    threads: int
    sha256: str  # of the file, as are the next two
    size_bytes: int
    modified_ns: int
    n_asked: int  # questions of the self-test
    used: Trial  # which answers now
    optimised_sha256: str | None  # of the file beside the record; None: the file is used as it is
    trials: tuple[Trial, ...]  # all that were made, that one too

    @property
    def passes(self) -> bool:
        """Whether its sentences are worth showing."""
        return (self.used.n_right or 0) >= LEAST_RIGHT


def machine_name() -> str:
    """Tell a machine from others on which generators have other speeds: also by its llama.cpp.

    Its cores are those that are built in, not those that this process may use: a record must not
    be lost because a command is told to use fewer.
    """
    from importlib import metadata  # 13 ms, which a search need not wait for

    return (
        f"{processor()}, {os.cpu_count()} cores, llama.cpp {metadata.version('llama-cpp-python')}"
    )


def record_of(file: GeneratorFile, *, models_dir: Path) -> Path:
    """Where the record of a generator's file on this machine is, or would be."""
    machine = hashlib.sha256(machine_name().encode()).hexdigest()[:8]
    return models_dir / "measured" / f"{_prefix(file)}{machine}.json"


def optimised_path(record: Path) -> Path:
    """Where the requantised file that belongs to a record is, or would be."""
    return record.with_suffix(".gguf")


def _prefix(file: GeneratorFile) -> str:
    """What the names of a file's records on all machines begin with."""
    place = hashlib.sha256(str(file.path.resolve()).encode("utf-8", "replace")).hexdigest()[:8]
    return f"{file.path.stem}-{place}-"


def find_measured(file: GeneratorFile, *, models_dir: Path) -> Measured | None:
    """The record of a generator's file, if there is one that holds for it, here and now."""
    path = record_of(file, models_dir=models_dir)
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Measured)
        now = file.path.stat()
        is_same = (now.st_size, now.st_mtime_ns) == (found.size_bytes, found.modified_ns)
        is_today = (found.format_version, found.prompt_version) == (FORMAT_VERSION, VERSION)
        if not is_today or not is_same:
            return None
        if found.optimised_sha256 is not None:
            is_whole = optimised_path(path).stat().st_size == found.used.size_bytes
            return found if is_whole else None
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as exc:
        _log.warning("%s is not used: %s. Run `ragguide models optimise %s`.", path, exc, file.name)
        return None
    return found


def evidence_tokens(asked: int, measured: Measured | None) -> int:
    """How many tokens of evidence are put before a generator.

    Args:
        asked: as the settings say; 0: what it reads in `READ_S`.
        measured: of the generator; None: nothing is known of it.
    """
    if asked:
        return asked
    if measured is None:
        return MOST_TOKENS
    return min(MOST_TOKENS, max(LEAST_TOKENS, round(READ_S * measured.used.prompt_tokens_s)))


def verify_optimised(
    file: GeneratorFile, *, models_dir: Path, on_read: OnRead | None = None
) -> Verified | None:
    """Read all bytes of a generator's requantised file; None: there is none.

    Raises:
        ModelError: they are not those that were written.
    """
    found = find_measured(file, models_dir=models_dir)
    if found is None or found.optimised_sha256 is None:
        return None
    path = optimised_path(record_of(file, models_dir=models_dir))
    mend = f"Run `ragguide models optimise --again {file.name}`."
    return verify_files(file.name, path, {path: found.optimised_sha256}, mend, on_read)


def remove_generator(file: GeneratorFile, *, models_dir: Path) -> list[Path]:
    """Remove a generator's file with all that was made of it; return what was removed.

    A file of the user's own stays, only what was made of it goes.

    Raises:
        ModelError: nothing of it is here.
    """
    pattern = glob.escape(_prefix(file)) + "*"
    paths = sorted((models_dir / "measured").glob(pattern))
    if not file.is_own:
        paths += [file.path, record_path(file.path), license_path(file.path)]
    removed = [path for path in paths if path.is_file()]
    if not removed:
        raise ModelError(f"nothing of {file.name} is here. `ragguide models list` tells what is.")
    for path in removed:
        path.unlink()
    return removed
