"""Scanned pages in, their text out: rendered by pypdfium2, recognised by the program `tesseract`.

Each page gets its own pair of child processes, so a page that crashes or stalls them does not
affect other pages. Several pages run at a time, each in one thread: tesseract's own threads slow it
down when they share cores (7.2 s against 1.9 s a page on two cores).
"""

import importlib.util
import os
import shutil
import subprocess
import time
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from ragguide.create.pdf import reader as pdf_reader
from ragguide.create.pdf.picture import DPI

PAGE_TIMEOUT_S = 60.0  # a dense A4 page takes 2 s
MAX_AT_ONCE = 4  # pages; an A4 one takes 120 MB
_AUTOMATIC = "1"  # layout analysis that also detects the rotation of a page


class Recognised(msgspec.Struct, frozen=True):
    """The recognised text of one page, or why there is none."""

    number: int
    text: str  # empty if there is a fault or no text on the page
    fault: str = ""  # why the page could not be read


class _Job(msgspec.Struct, frozen=True):
    number: int
    renderer: "subprocess.Popen[bytes]"
    recogniser: "subprocess.Popen[bytes]"
    deadline: float  # as time.monotonic() counts


def ocr_available(languages: str = "eng") -> str | None:
    """Return one clause: what OCR lacks and how to install it; None if OCR is ready.

    `languages` is in tesseract's notation: "eng", or "deu+eng".
    """
    program = shutil.which("tesseract")
    missing = []
    if program is None:
        missing.append("the program tesseract (Debian: `apt install tesseract-ocr`)")
    if importlib.util.find_spec("pypdfium2") is None:
        missing.append("the package pypdfium2 (`pip install 'ragguide[ocr]'`)")
    if program is None or missing:
        return "OCR needs " + " and ".join(missing)
    try:
        listed = subprocess.run(
            [program, "--list-langs"], capture_output=True, timeout=PAGE_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        return f"{program} does not run ({exc})"
    known = listed.stdout.decode("utf-8", "replace").splitlines()[1:]  # skip the heading
    for language in languages.split("+"):
        if language not in known:
            package = f"tesseract-ocr-{language.lower().replace('_', '-')}"
            return f"tesseract does not know the language {language!r} (Debian: {package})"
    return None


def recognise_pages(
    path: Path,
    numbers: Sequence[int],
    *,
    languages: str,
    timeout_s: float,
    memory_mb: int,
    password: str | None = None,
) -> Iterator[Recognised]:
    """Yield the text of each page, in the order of `numbers`. Check `ocr_available` first.

    Pages that are not finished after `timeout_s` are not yielded.
    """
    program = shutil.which("tesseract")
    assert program is not None, "the caller must check ocr_available() first"
    deadline = time.monotonic() + timeout_s
    waiting = deque(numbers)
    running: deque[_Job] = deque()
    try:
        while waiting or running:
            while waiting and len(running) < min(MAX_AT_ONCE, os.cpu_count() or 1):
                number = waiting.popleft()
                renderer = _start_renderer(path, number, memory_mb, password)
                running.append(_start_job(program, languages, number, renderer))
            page = _finish(running.popleft(), deadline)
            if time.monotonic() >= deadline:
                return
            yield page
    finally:
        for job in running:
            _end(job)


def _start_renderer(
    path: Path, number: int, memory_mb: int, password: str | None
) -> "subprocess.Popen[bytes]":
    return pdf_reader.start(
        path,
        *("--render", str(number)),
        page_timeout_s=PAGE_TIMEOUT_S,
        memory_mb=memory_mb,
        password=password,
        stderr=subprocess.PIPE,
    )


def _start_job(
    program: str, languages: str, number: int, renderer: "subprocess.Popen[bytes]"
) -> _Job:
    assert renderer.stdout is not None
    try:
        recogniser = subprocess.Popen(
            [
                *(program, "stdin", "stdout", "-l", languages),
                *("--dpi", str(DPI), "--psm", _AUTOMATIC),
            ],
            stdin=renderer.stdout,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except BaseException:
        renderer.kill()
        renderer.wait()
        raise
    finally:
        renderer.stdout.close()  # now tesseract has the only reading end
    return _Job(number, renderer, recogniser, time.monotonic() + PAGE_TIMEOUT_S)


def _finish(job: _Job, deadline: float) -> Recognised:
    """Wait for a page until its own deadline or that of the document."""
    # Wait at least a second: the page may have finished while the one before it stalled.
    wait_s = max(1.0, min(job.deadline, deadline) - time.monotonic())
    try:
        out, _ = job.recogniser.communicate(timeout=wait_s)
        job.renderer.wait(timeout=wait_s)
    except subprocess.TimeoutExpired:
        return Recognised(job.number, "", f"recognition took longer than {PAGE_TIMEOUT_S:g} s")
    finally:
        error = _end(job)
    if job.renderer.returncode and "BrokenPipeError" not in error:
        return Recognised(job.number, "", f"cannot be rendered ({error or 'pdfium crashed'})")
    if job.recogniser.returncode:
        status = job.recogniser.returncode
        return Recognised(job.number, "", f"recognition failed (tesseract exited with {status})")
    return Recognised(job.number, out.decode("utf-8", "replace").strip("\f\n "))


def _end(job: _Job) -> str:
    """Stop both programs and return the renderer's last error line."""
    for program in (job.recogniser, job.renderer):
        program.kill()
        program.wait()
    assert job.recogniser.stdout is not None
    assert job.renderer.stderr is not None
    job.recogniser.stdout.close()
    with job.renderer.stderr as stderr:
        lines = stderr.read().decode("utf-8", "replace").splitlines()
    return lines[-1][:120] if lines else ""
