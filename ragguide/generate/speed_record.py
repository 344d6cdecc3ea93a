"""A generator's file in, its speed and accuracy on this machine out.

    models_dir/measured/<key>.json     a record; the key names the file's path and the machine
    models_dir/measured/<key>.gguf     the same model requantised, if that form is in use

`ragguide models optimise` writes them. A record is ignored if it was made on another machine, or if
the file or the prompt has changed since.
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
READ_S = 3.4  # time in which a generator should have read its evidence
# Tokens of evidence. Fewer contain too few facts; more add few. The default generator reads the
# maximum in `READ_S` on two cores, so a generator without a record gets the maximum too.
MIN_EVIDENCE_TOKENS, MAX_EVIDENCE_TOKENS = 180, 340

_log = logging.getLogger(__name__)

Kind = Literal["as it is", "Q4_0", "Q8_0"]  # "as it is": not requantised


class Trial(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Speed and accuracy of one form of a generator."""

    kind: Kind
    repack: bool  # whether llama.cpp reorders the weights when it loads them
    size_bytes: int
    load_s: float
    prompt_tokens_s: float
    answer_tokens_s: float
    mean_logprob: float | None = None  # of a token in a right answer; None: not measured
    n_right: int | None = None  # right answers in the self-test; None: not run

    def seconds(self, n_prompt: int, n_answer: int) -> float:
        """Time of one answer, loading included."""
        return self.load_s + n_prompt / self.prompt_tokens_s + n_answer / self.answer_tokens_s


class SpeedRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The results of `models optimise` for one generator on one machine."""

    format_version: int
    machine: str
    prompt_version: str  # of the prompt that the self-test uses, the same as for real questions
    threads: int
    sha256: str  # of the original file, like the next two
    size_bytes: int
    modified_ns: int
    n_asked: int  # questions in the self-test
    used: Trial  # of the form that answers
    optimised_sha256: str | None  # of the requantised file; None: the original answers
    trials: tuple[Trial, ...]  # all forms that were tried, `used` included

    @property
    def passes(self) -> bool:
        """Whether the generator passed the self-test."""
        return (self.used.n_right or 0) >= LEAST_RIGHT


def machine_name() -> str:
    """Name everything about the machine that changes a generator's speed, llama.cpp included.

    The name counts all built-in cores, not those that this process may use: running a command on
    fewer cores must not invalidate the record.
    """
    from importlib import metadata  # takes 13 ms, so a search must not import it

    return (
        f"{processor()}, {os.cpu_count()} cores, llama.cpp {metadata.version('llama-cpp-python')}"
    )


def speed_record_path(file: GeneratorFile, *, models_dir: Path) -> Path:
    """Path of a generator's record for this machine; the file need not exist."""
    machine = hashlib.sha256(machine_name().encode()).hexdigest()[:8]
    return models_dir / "measured" / f"{_name_prefix(file)}{machine}.json"


def optimised_path(record: Path) -> Path:
    """Path of the requantised file that belongs to a record; it need not exist."""
    return record.with_suffix(".gguf")


def _name_prefix(file: GeneratorFile) -> str:
    """The beginning that a file's records have in common on all machines."""
    place = hashlib.sha256(str(file.path.resolve()).encode("utf-8", "replace")).hexdigest()[:8]
    return f"{file.path.stem}-{place}-"


def find_speed_record(file: GeneratorFile, *, models_dir: Path) -> SpeedRecord | None:
    """Return a generator's record for this machine; None if there is none or it is out of date."""
    path = speed_record_path(file, models_dir=models_dir)
    try:
        record = msgspec.json.decode(path.read_bytes(), type=SpeedRecord)
        return record if _is_valid(record, file, path) else None
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as exc:
        _log.warning(
            "Ignoring the damaged record %s: %s. Run `ragguide models optimise %s`.",
            path, exc, file.name,
        )  # fmt: skip
        return None


def _is_valid(record: SpeedRecord, file: GeneratorFile, path: Path) -> bool:
    """Whether the file and the prompt are unchanged, and the requantised file is complete."""
    status = file.path.stat()
    if (record.format_version, record.prompt_version) != (FORMAT_VERSION, VERSION):
        return False
    if (record.size_bytes, record.modified_ns) != (status.st_size, status.st_mtime_ns):
        return False
    if record.optimised_sha256 is None:
        return True
    return optimised_path(path).stat().st_size == record.used.size_bytes


def evidence_tokens(requested: int, record: SpeedRecord | None) -> int:
    """Return how many tokens of evidence a generator gets.

    Args:
        requested: the setting; 0: as many as the generator reads in `READ_S`.
        record: of the generator; None: its speed is unknown.
    """
    if requested:
        return requested
    if record is None:
        return MAX_EVIDENCE_TOKENS
    readable = round(READ_S * record.used.prompt_tokens_s)
    return min(MAX_EVIDENCE_TOKENS, max(MIN_EVIDENCE_TOKENS, readable))


def verify_optimised(
    file: GeneratorFile, *, models_dir: Path, on_read: OnRead | None = None
) -> Verified | None:
    """Verify the checksum of a generator's requantised file; None: there is no such file.

    Raises:
        ModelError: the checksum differs.
    """
    record = find_speed_record(file, models_dir=models_dir)
    if record is None or record.optimised_sha256 is None:
        return None
    path = optimised_path(speed_record_path(file, models_dir=models_dir))
    hint = f"Run `ragguide models optimise --again {file.name}`."
    return verify_files(file.name, path, {path: record.optimised_sha256}, hint, on_read)


def remove_generator(file: GeneratorFile, *, models_dir: Path) -> list[Path]:
    """Delete a generator's file, records and requantised files; return their paths.

    The user's own file is kept; only its records and requantised files are deleted.

    Raises:
        ModelError: there is nothing to delete.
    """
    pattern = glob.escape(_name_prefix(file)) + "*"
    paths = sorted((models_dir / "measured").glob(pattern))
    if not file.is_own:
        paths += [file.path, record_path(file.path), license_path(file.path)]
    removed = [path for path in paths if path.is_file()]
    if not removed:
        raise ModelError(
            f"{file.name} has no files to remove. List installed models: `ragguide models list`."
        )
    for path in removed:
        path.unlink()
    return removed
