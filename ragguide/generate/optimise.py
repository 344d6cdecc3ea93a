"""A generator in, the file of it that this machine runs fastest out, and how well it answers.

The kernels of quantisations differ by a factor of two and more, from processor to processor. So
the file is measured as it is, then requantised; what is clearly faster and as faithful is kept.

    models_dir/.staging/optimise-<key>/    what an interrupted run left, for the next to clear
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide.augment.prompt import VERSION
from ragguide.base.clock import OnStage
from ragguide.base.disk import read_blocks, require_space
from ragguide.errors import ModelError, StorageError
from ragguide.generate import selftest
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

LEAST_GAIN = 1.15  # a second file on the disk should be worth it; timings differ by a tenth
TYPICAL_PROMPT, TYPICAL_ANSWER = 350, 60  # tokens of what is measured for
MOST_LOST = 0.05  # of a token's mean log-probability in a right answer: it is 5 % less likely
N_TIMED = 3  # questions of the self-test that tell a file's speed: some 470 tokens of prompt
_BITS: dict[Kind, float] = {"Q4_0": 4.5, "Q8_0": 8.5}  # a weight
_FILE_TYPES = {"2": "Q4_0", "7": "Q8_0"}  # general.file_type in GGUF: what it is already
_SMALL_BYTES = 600 << 20  # up to here eight bits may be faster than four; beyond, memory limits
_POLL_S = 0.2

_SCRIPT = str(Path(__file__).with_name("quantise.py"))


def optimise(
    name: str, *, models_dir: Path, threads: int, on_stage: OnStage | None = None
) -> SpeedRecord:
    """Measure a generator on this machine, as it is and requantised, and keep the best.

    Nothing that is in use changes before the end, so an interrupt leaves all as it was.

    Raises:
        ModelError: it is not here or no model, or another process is at it.
        StorageError: the disk is too small, or the folder cannot be written.
    """
    file = find_generator(name, models_dir=models_dir)
    record = speed_record_path(file, models_dir=models_dir)
    try:
        with _staging(file, record, models_dir) as staging:
            run = _Run(file, staging, threads, on_stage or (lambda *_: None))
            found, best = run.measure()
            _keep(found, best, record)
    except OSError as exc:
        raise StorageError(
            f"cannot write {exc.filename or models_dir}: {exc.strerror or exc}. "
            "Make room or mend its permissions, or set RAGGUIDE_MODELS_DIR to another folder."
        ) from exc
    return found


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
        raise ModelError(f"another process is optimising {file.name}. Wait for it.") from exc


def _keep(found: SpeedRecord, best: Path | None, record: Path) -> None:
    """Give record and file their final names, the file first."""
    record.parent.mkdir(exist_ok=True)
    kept = optimised_path(record)
    if best is None:
        kept.unlink(missing_ok=True)
    else:
        _sync(best)
        best.replace(kept)
    draft = record.with_suffix(".tmp")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(found)))
    _sync(draft)
    draft.replace(record)


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


class _Run:
    """One measurement of a generator."""

    def __init__(self, file: GeneratorFile, staging: Path, threads: int, on_stage: OnStage) -> None:
        self._file = file
        self._staging = staging
        self._threads = threads
        self._tell = on_stage
        self._n_weights = 0
        self._is_already = ""  # the quantisation that it comes in, if it is one of ours

    def measure(self) -> tuple[SpeedRecord, Path | None]:
        """The record, and the requantised file that it is of; None: the file as it is."""
        path, stat = self._file.path, self._file.path.stat()
        require_space(self._staging, stat.st_size, what="requantising")  # more exactly below
        sha256 = self._hash(path, "as it is")  # so it is in memory, too, when its loading is timed
        plain = self._judged(path, self._timed(path, "as it is", repack=False))
        trials = [plain, self._timed(path, "as it is", repack=True)]
        best = min(trials, key=_typical_s)
        used = msgspec.structs.replace(
            best, mean_logprob=plain.mean_logprob, n_right=plain.n_right
        )  # the order of the weights changes nothing but the speed
        best_path, best_sha256 = None, None
        for kind in self._kinds():
            target = self._staging / f"{kind}.gguf"
            self._quantise(target, kind)
            target_sha256 = self._hash(target, kind)
            trial = self._timed(target, kind, repack=True)
            if _typical_s(trial) * LEAST_GAIN <= _typical_s(best) and (
                best_path is None or _typical_s(trial) < _typical_s(used)
            ):
                trial = self._judged(target, trial)
                if _is_faithful(trial, plain):
                    used, best_path, best_sha256 = trial, target, target_sha256
            trials.append(trial)
            if best_path != target:
                target.unlink()
        found = SpeedRecord(
            format_version=FORMAT_VERSION,
            machine=machine_name(),
            prompt_version=VERSION,
            threads=self._threads,
            sha256=sha256,
            size_bytes=stat.st_size,
            modified_ns=stat.st_mtime_ns,
            n_asked=len(QUESTIONS),
            used=used,
            optimised_sha256=best_sha256,
            trials=tuple(trials),
        )
        return found, best_path

    def _kinds(self) -> Iterator[Kind]:
        """The quantisations that may be faster than the file."""
        size = self._file.path.stat().st_size
        for kind, bits in _BITS.items():
            needed = int(self._n_weights * bits / 8 * 1.1)  # some weights are kept finer
            is_wanted = kind == "Q4_0" or size < _SMALL_BYTES or needed < size
            if is_wanted and kind != self._is_already:
                require_space(self._staging, needed, what=f"requantising to {kind}")
                yield kind

    def _load(self, path: Path, repack: bool) -> "LlamaGenerator":
        from ragguide.generate.llama import LlamaGenerator

        return LlamaGenerator(self._file.name, path, threads=self._threads, repack=repack)

    def _timed(self, path: Path, kind: Kind, *, repack: bool) -> Trial:
        """Load a file and see how fast it is."""
        began = time.perf_counter()
        generator = self._load(path, repack)
        load_s = time.perf_counter() - began
        self._n_weights, file_type = generator.n_weights, generator.file_type
        if kind == "as it is":
            self._is_already = _FILE_TYPES.get(file_type, "")
        shown = f"time {kind}" + (", repacked" if repack else "")
        timed = _score(generator, QUESTIONS[:N_TIMED], lambda n, of: self._tell(shown, n, of))
        return Trial(
            kind=kind,
            repack=repack,
            size_bytes=path.stat().st_size,
            load_s=round(load_s, 3),
            prompt_tokens_s=round(timed.prompt_tokens_s, 1),
            answer_tokens_s=round(timed.answer_tokens_s, 1),
        )

    def _judged(self, path: Path, trial: Trial) -> Trial:
        """See how likely right answers are to a file, and how many of its own are right."""
        generator, kind = self._load(path, trial.repack), trial.kind
        scored = _score(generator, QUESTIONS, lambda n, of: self._tell(f"compare {kind}", n, of))
        answers = selftest.answers(generator, lambda n, of: self._tell(f"test {kind}", n, of))
        return msgspec.structs.replace(
            trial,
            mean_logprob=round(scored.mean_logprob, 4),
            n_right=sum(map(selftest.is_right, QUESTIONS, answers)),
        )

    def _hash(self, path: Path, kind: str) -> str:
        digest, n_bytes, size = hashlib.sha256(), 0, path.stat().st_size
        for block in read_blocks(path):
            digest.update(block)
            n_bytes += len(block)
            self._tell(f"read {kind}, MB", n_bytes // 10**6, size // 10**6)
        return digest.hexdigest()

    def _quantise(self, target: Path, kind: Kind) -> None:
        expected = int(self._n_weights * _BITS[kind] / 8)
        arguments = [str(self._file.path), str(target), kind, str(self._threads)]
        with (self._staging / "log").open("wb+") as log:
            child = subprocess.Popen(
                [sys.executable, "-P", _SCRIPT, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            try:
                while child.poll() is None:
                    done = target.stat().st_size if target.exists() else 0
                    self._tell(f"write {kind}, MB", done // 10**6, max(done, expected) // 10**6)
                    with suppress(subprocess.TimeoutExpired):
                        child.wait(_POLL_S)
            finally:
                if child.poll() is None:  # interrupted
                    child.kill()
                    child.wait()
            if child.returncode:
                log.seek(0)
                said = log.read().decode("utf-8", "replace").strip().splitlines() or ["no reason"]
                raise ModelError(
                    f"llama.cpp cannot requantise {self._file.path} to {kind}: {said[-1][:200]}."
                )


class _Timed(msgspec.Struct, frozen=True):
    """How fast right answers to some questions were read, and how likely they were."""

    prompt_tokens_s: float  # of the question that was fastest, since other work only slows
    answer_tokens_s: float
    mean_logprob: float  # of a token


def _score(
    generator: "LlamaGenerator", questions: Sequence[Question], tell: Callable[[int, int], None]
) -> _Timed:
    prompts = [selftest.prompt_to(generator, question) for question in questions]
    scores = []
    for n, (prompt, question) in enumerate(zip(prompts, questions, strict=True), start=1):
        scores.append(generator.score(prompt, question.reference))
        tell(n, len(questions))
    return _Timed(
        max(len(p) / s.prompt_s for p, s in zip(prompts, scores, strict=True)),
        max(s.n_tokens / s.answer_s for s in scores),
        sum(s.logprob for s in scores) / sum(s.n_tokens for s in scores),
    )


def _typical_s(trial: Trial) -> float:
    return trial.seconds(TYPICAL_PROMPT, TYPICAL_ANSWER)


def _is_faithful(trial: Trial, plain: Trial) -> bool:
    """Whether a requantised file answers as well as the file that it was made of."""
    assert trial.mean_logprob is not None
    assert plain.mean_logprob is not None
    is_as_likely = trial.mean_logprob >= plain.mean_logprob - MOST_LOST
    return is_as_likely and (trial.n_right or 0) >= (plain.n_right or 0)
