"""A generator in, the form of it that this machine runs fastest out, and how well it answers.

The speed of a quantisation differs by a factor of two and more from processor to processor. So this
times the original file, then requantised copies. A copy is kept if it is clearly faster and answers
as well.

    models_dir/.staging/optimise-<key>/    left by an interrupted run; the next run deletes it
"""

import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide.augment.prompt import VERSION
from ragguide.base.clock import OnStage
from ragguide.base.disk import read_blocks, require_space
from ragguide.errors import ModelError, StorageError
from ragguide.generate import selftest
from ragguide.generate.requantise import requantise
from ragguide.generate.selftest import QUESTIONS, Question
from ragguide.generate.speed_record import (
    FORMAT_VERSION,
    Kind,
    SpeedRecord,
    Trial,
    machine_name,
    optimised_path,
    speed_record_path,
)
from ragguide.models.find import GeneratorFile, find_generator

if TYPE_CHECKING:
    from ragguide.generate.llama import LlamaGenerator

LEAST_GAIN = 1.15  # a second file should be worth its disk space; timings vary by a tenth
TYPICAL_PROMPT, TYPICAL_ANSWER = 350, 60  # tokens of the answer that the speeds are compared for
MOST_LOST = 0.05  # of a token's mean log-probability in a right answer: it is 5 % less likely
N_TIMED = 3  # questions of the self-test that are timed: some 470 tokens of prompt
_BITS: dict[Kind, float] = {"Q4_0": 4.5, "Q8_0": 8.5}  # per weight
_FILE_TYPES = {"2": "Q4_0", "7": "Q8_0"}  # general.file_type in GGUF
_SMALL_BYTES = 600 << 20  # up to here eight bits may be faster than four; beyond, memory limits


def optimise(
    name: str, *, models_dir: Path, threads: int, on_stage: OnStage | None = None
) -> SpeedRecord:
    """Time a generator on this machine, original and requantised, and keep the best form.

    Files in use change only at the end, so an interrupt changes nothing.

    Raises:
        ModelError: the generator is missing or unusable, or another process is optimising it.
        StorageError: the disk is too small, or the folder cannot be written.
    """
    file = find_generator(name, models_dir=models_dir)
    path = speed_record_path(file, models_dir=models_dir)
    try:
        with _staging(file, path, models_dir) as staging:
            run = _Run(file, staging, threads, on_stage or (lambda *_: None))
            record, best = run.measure()
            _keep(record, best, path)
    except OSError as exc:
        raise StorageError(
            f"cannot write {exc.filename or models_dir}: {exc.strerror or exc}. "
            "Free some space, fix the permissions, or set RAGGUIDE_MODELS_DIR to another folder."
        ) from exc
    return record


@contextmanager
def _staging(file: GeneratorFile, record: Path, models_dir: Path) -> Iterator[Path]:
    from filelock import FileLock, Timeout

    folder = models_dir / ".staging" / f"optimise-{record.stem}"
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.with_name(f"{folder.name}.lock"), timeout=0):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except Timeout as exc:
        raise ModelError(
            f"another process is optimising {file.name}. Wait until it has finished."
        ) from exc


def _keep(record: SpeedRecord, best: Path | None, path: Path) -> None:
    """Move the requantised file and the record to their final names, the file first."""
    path.parent.mkdir(exist_ok=True)
    kept = optimised_path(path)
    if best is None:
        kept.unlink(missing_ok=True)
    else:
        _sync(best)
        best.replace(kept)
    draft = path.with_suffix(".tmp")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(record)))
    _sync(draft)
    draft.replace(path)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


class _Form(msgspec.Struct, frozen=True):
    """The best form of a generator so far."""

    trial: Trial
    path: Path | None = None  # of the requantised file; None: the original is best
    sha256: str | None = None


class _Run:
    """One measurement of a generator."""

    def __init__(self, file: GeneratorFile, staging: Path, threads: int, on_stage: OnStage) -> None:
        self._file = file
        self._staging = staging
        self._threads = threads
        self._on_stage = on_stage
        self._n_weights = 0
        self._original_kind = ""  # the original's quantisation, if it is Q4_0 or Q8_0

    def measure(self) -> tuple[SpeedRecord, Path | None]:
        """Return the record and the requantised file to keep; None: the original is best."""
        path, status = self._file.path, self._file.path.stat()
        require_space(self._staging, status.st_size, what="requantising")  # `_kinds` is exact
        sha256 = self._hash(path, "as it is")  # also reads it into memory, before it is timed
        original = self._judged(path, self._timed(path, "as it is", repack=False))
        trials = [original, self._timed(path, "as it is", repack=True)]
        fastest = min(trials, key=_typical_s)
        # Repacking changes the speed only: both trials give the same answers.
        best = _Form(
            msgspec.structs.replace(
                fastest, mean_logprob=original.mean_logprob, n_right=original.n_right
            )
        )
        for kind in self._kinds():
            trial, best = self._try(kind, original, fastest, best)
            trials.append(trial)
        record = SpeedRecord(
            format_version=FORMAT_VERSION,
            machine=machine_name(),
            prompt_version=VERSION,
            threads=self._threads,
            sha256=sha256,
            size_bytes=status.st_size,
            modified_ns=status.st_mtime_ns,
            n_asked=len(QUESTIONS),
            used=best.trial,
            optimised_sha256=best.sha256,
            trials=tuple(trials),
        )
        return record, best.path

    def _kinds(self) -> Iterator[Kind]:
        """Yield the quantisations that may be faster than the original."""
        size = self._file.path.stat().st_size
        for kind, bits in _BITS.items():
            needed = int(self._n_weights * bits / 8 * 1.1)  # some weights get more bits
            may_win = kind == "Q4_0" or size < _SMALL_BYTES or needed < size
            if may_win and kind != self._original_kind:
                require_space(self._staging, needed, what=f"requantising to {kind}")
                yield kind

    def _try(self, kind: Kind, original: Trial, fastest: Trial, best: _Form) -> tuple[Trial, _Form]:
        """Requantise and time the generator; return the trial, and the best form after it.

        Args:
            kind: the quantisation.
            original: the trial whose answers count.
            fastest: the fastest trial of the original file.
            best: the best form so far.
        """
        target = self._staging / f"{kind}.gguf"
        requantise(
            self._file.path,
            target,
            kind,
            threads=self._threads,
            expected_bytes=int(self._n_weights * _BITS[kind] / 8),
            on_progress=lambda done, total: self._on_stage(f"write {kind}, MB", done, total),
        )
        sha256 = self._hash(target, kind)
        trial = self._timed(target, kind, repack=True)
        is_worth_it = _typical_s(trial) * LEAST_GAIN <= _typical_s(fastest)
        if is_worth_it and (best.path is None or _typical_s(trial) < _typical_s(best.trial)):
            trial = self._judged(target, trial)
            if _is_faithful(trial, original):
                return trial, _Form(trial, target, sha256)
        target.unlink()
        return trial, best

    def _load(self, path: Path, repack: bool) -> "LlamaGenerator":
        from ragguide.generate.llama import LlamaGenerator

        return LlamaGenerator(self._file.name, path, threads=self._threads, repack=repack)

    def _timed(self, path: Path, kind: Kind, *, repack: bool) -> Trial:
        """Load a file and time it."""
        started = time.perf_counter()
        generator = self._load(path, repack)
        load_s = time.perf_counter() - started
        self._n_weights, file_type = generator.n_weights, generator.file_type
        if kind == "as it is":
            self._original_kind = _FILE_TYPES.get(file_type, "")
        stage = f"time {_shown(kind)}" + (", repacked" if repack else "")
        timed = _score(generator, QUESTIONS[:N_TIMED], lambda n, of: self._on_stage(stage, n, of))
        return Trial(
            kind=kind,
            repack=repack,
            size_bytes=path.stat().st_size,
            load_s=round(load_s, 3),
            prompt_tokens_s=round(timed.prompt_tokens_s, 1),
            answer_tokens_s=round(timed.answer_tokens_s, 1),
        )

    def _judged(self, path: Path, trial: Trial) -> Trial:
        """Measure how likely right answers are to a file, and how many questions it gets right."""
        generator, kind = self._load(path, trial.repack), _shown(trial.kind)
        compare, test = f"compare {kind}", f"test {kind}"
        scored = _score(generator, QUESTIONS, lambda n, of: self._on_stage(compare, n, of))
        answers = selftest.answers(generator, lambda n, of: self._on_stage(test, n, of))
        return msgspec.structs.replace(
            trial,
            mean_logprob=round(scored.mean_logprob, 4),
            n_right=sum(map(selftest.is_right, QUESTIONS, answers)),
        )

    def _hash(self, path: Path, kind: Kind) -> str:
        digest, n_bytes, size = hashlib.sha256(), 0, path.stat().st_size
        for block in read_blocks(path):
            digest.update(block)
            n_bytes += len(block)
            self._on_stage(f"read {_shown(kind)}, MB", n_bytes // 10**6, size // 10**6)
        return digest.hexdigest()


class _Timed(msgspec.Struct, frozen=True):
    """How fast a generator read right answers to some questions, and how likely they were."""

    prompt_tokens_s: float  # of the fastest question, since other work only slows
    answer_tokens_s: float
    mean_logprob: float  # of a token


def _score(
    generator: "LlamaGenerator",
    questions: Sequence[Question],
    on_progress: Callable[[int, int], None],
) -> _Timed:
    prompts = [selftest.prompt_to(generator, question) for question in questions]
    scores = []
    for n, (prompt, question) in enumerate(zip(prompts, questions, strict=True), start=1):
        scores.append(generator.score(prompt, question.reference))
        on_progress(n, len(questions))
    return _Timed(
        max(len(p) / s.prompt_s for p, s in zip(prompts, scores, strict=True)),
        max(s.n_tokens / s.answer_s for s in scores),
        sum(s.logprob for s in scores) / sum(s.n_tokens for s in scores),
    )


def _shown(kind: Kind) -> str:
    return "the original" if kind == "as it is" else kind


def _typical_s(trial: Trial) -> float:
    return trial.seconds(TYPICAL_PROMPT, TYPICAL_ANSWER)


def _is_faithful(trial: Trial, original: Trial) -> bool:
    """Whether a requantised file answers as well as the original."""
    assert trial.mean_logprob is not None
    assert original.mean_logprob is not None
    is_as_likely = trial.mean_logprob >= original.mean_logprob - MOST_LOST
    return is_as_likely and (trial.n_right or 0) >= (original.n_right or 0)
