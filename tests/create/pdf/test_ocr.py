"""Scanned pages: detected, reported, and recognised if tesseract is installed."""

import re
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.generic import RectangleObject

from ragguide.create.pdf import ocr
from ragguide.create.pdf.ocr import ocr_available, recognise_pages
from ragguide.create.pdf.pages import read_pdf
from ragguide.errors import InputError
from tests.pdfs import encrypt, scan, write_pdf

MISSING = ocr_available()
WITH_TESSERACT = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))
ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="writes a shell script")
PROSE = (
    "Store the training data in a bucket.\nGlue crawlers find the schema of new files.",
    "Train for forty epochs with early stopping.\nA lower learning rate needs more epochs.",
)
SCAN = "has no text layer (a scan?)"


@pytest.fixture
def no_tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


@pytest.fixture
def fake_tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A script that replaces tesseract and lists English; `act` adds what it does to a page."""
    pytest.importorskip("pypdfium2")
    program = tmp_path / "bin" / "tesseract"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        'if [ "$1" = --list-langs ]; then echo "Languages:"; echo eng; echo deu; exit; fi\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return program


def act(program: Path, script: str) -> None:
    with program.open("a") as file:
        file.write(script + "\n")


@pytest.mark.usefixtures("no_tesseract")
def test_error_for_missing_tesseract_names_the_install_command() -> None:
    assert (ocr_available() or "").startswith(
        "OCR needs the program tesseract (Debian: `apt install tesseract-ocr`)"
    )


def test_error_for_missing_pypdfium2_names_the_install_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ocr.importlib.util, "find_spec", lambda _name: None)
    assert (ocr_available() or "").endswith("the package pypdfium2 (`pip install 'ragguide[ocr]'`)")


@ON_POSIX
@pytest.mark.usefixtures("fake_tesseract")
def test_a_language_that_is_not_installed_is_reported() -> None:
    assert ocr_available() is None
    assert ocr_available("deu+eng") is None
    for languages, unknown in (("eng+chi_sim", "chi_sim"), ("../eng", "../eng"), ("", "")):
        package = f"tesseract-ocr-{unknown.replace('_', '-')}"
        assert ocr_available(languages) == (
            f"tesseract does not know the language {unknown!r} (Debian: {package})"
        )


@pytest.mark.usefixtures("no_tesseract")
def test_error_for_a_scanned_pdf_lists_every_fix(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", ["", ""])
    message = "has no text layer on any of its 2 pages (scans?)."
    needed = "OCR needs the program tesseract (Debian: `apt install tesseract-ocr`)"
    with pytest.raises(InputError, match=re.escape(f"{message} Read it with `--ocr`; {needed}")):
        read_pdf(path)
    with pytest.raises(InputError, match=re.escape(f"{message} {needed}")):
        read_pdf(path, ocr_languages="eng")


@pytest.mark.usefixtures("no_tesseract")
def test_without_tesseract_a_scan_is_reported_and_other_pages_are_kept(tmp_path: Path) -> None:
    source = read_pdf(write_pdf(tmp_path / "a.pdf", ["Words", ""]), ocr_languages="eng")
    assert [page.text.strip() for page in source.pages] == ["Words", ""]
    assert list(source.unreadable) == [2]
    assert source.unreadable[2].startswith(f"{SCAN}; OCR needs the program tesseract (Debian")


@WITH_TESSERACT
@pytest.mark.parametrize("turned", [0, 90, 180])
def test_a_rotated_scan_is_read(turned: int, tmp_path: Path) -> None:
    lines = [f"Rule {i}: {PROSE[i % 2].splitlines()[0]}" for i in range(12)]
    path = scan(write_pdf(tmp_path / "a.pdf", ["\n".join(lines)]), turned=turned)
    source = read_pdf(path, ocr_languages="eng")
    assert source.ocr_pages == (1,)
    assert source.unreadable == {}
    assert "Store the training data in a bucket." in source.pages[0].text
    assert "Train for forty epochs with early stopping." in source.pages[0].text


@WITH_TESSERACT
def test_only_scans_are_recognised_and_progress_counts_each_page_once(tmp_path: Path) -> None:
    scanned = scan(write_pdf(tmp_path / "scan.pdf", PROSE))
    writer = PdfWriter(clone_from=write_pdf(tmp_path / "text.pdf", ["Printed words", "", None]))
    writer.append(scanned)
    writer.write(tmp_path / "a.pdf")
    progress: list[tuple[int, int]] = []
    source = read_pdf(
        tmp_path / "a.pdf",
        ocr_languages="eng",
        on_page=lambda done, total: progress.append((done, total)),
    )
    printed, black, blank, *recognised = source.pages
    assert [page.text.strip() for page in (printed, black, blank)] == ["Printed words", "", ""]
    assert [page.text.replace("\n\n", "\n") for page in recognised] == list(PROSE)
    assert [page.types for page in recognised] == [(), ()]
    assert source.ocr_pages == (4, 5)
    assert source.unreadable == {2: f"{SCAN}; OCR found no text on it"}
    assert sorted(set(progress)) == [(done, 5) for done in range(6)]
    assert progress == sorted(progress)


@WITH_TESSERACT
def test_a_password_opens_an_encrypted_scan(tmp_path: Path) -> None:
    path = scan(write_pdf(tmp_path / "a.pdf", PROSE[:1]))
    encrypt(path, password="Öffne dich", algorithm="AES-256")
    source = read_pdf(path, password="Öffne dich", ocr_languages="eng")
    assert "Store the training data" in source.pages[0].text


@ON_POSIX
def test_the_image_is_grey_at_300_dpi(tmp_path: Path, fake_tesseract: Path) -> None:
    act(fake_tesseract, 'echo "$@"; head -c 17')
    source = read_pdf(write_pdf(tmp_path / "a.pdf", [""]), ocr_languages="deu+eng")
    arguments, image = source.pages[0].text.split("\n")
    assert arguments == "stdin stdout -l deu+eng --dpi 300 --psm 1"
    assert image == "P5 2481 3508 255"  # A4


@ON_POSIX
def test_a_huge_page_is_rendered_at_lower_resolution(tmp_path: Path, fake_tesseract: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [""])
    writer = PdfWriter(clone_from=path)
    writer.pages[0].mediabox = RectangleObject((0, 0, 14_400, 100))
    writer.write(path)
    act(fake_tesseract, "head -c 18")
    (page,) = read_pdf(path, ocr_languages="eng").pages
    width, height = (int(n) for n in page.text.split()[1:3])
    assert width == 32_000
    assert 220 <= height <= 224


@ON_POSIX
def test_a_failed_page_is_reported_and_the_others_are_kept(
    tmp_path: Path, fake_tesseract: Path
) -> None:
    act(fake_tesseract, f"cat > /dev/null; mkdir {tmp_path}/first && exit 3; echo Words")
    source = read_pdf(write_pdf(tmp_path / "a.pdf", ["", "", ""]), ocr_languages="eng")
    assert len(source.ocr_pages) == 2
    failed = f"{SCAN}; recognition failed (tesseract exited with 3)"
    assert list(source.unreadable.values()) == [failed]


@ON_POSIX
def test_an_image_that_tesseract_does_not_read_is_its_failure(
    tmp_path: Path, fake_tesseract: Path
) -> None:
    act(fake_tesseract, "exit 3")
    path = write_pdf(tmp_path / "a.pdf", ["Words", ""])
    assert read_pdf(path, ocr_languages="eng").unreadable == {
        2: f"{SCAN}; recognition failed (tesseract exited with 3)"
    }


@ON_POSIX
def test_a_page_that_cannot_be_rendered_is_reported(tmp_path: Path, fake_tesseract: Path) -> None:
    act(fake_tesseract, "cat > /dev/null; exit 1")
    path = write_pdf(tmp_path / "a.pdf", ["Words"])
    (page,) = recognise_pages(path, [7], languages="eng", timeout_s=600, memory_mb=4096)
    assert (page.number, page.text) == (7, "")
    assert page.fault.startswith("cannot be rendered (")


@ON_POSIX
def test_a_stalled_page_is_reported_and_the_others_are_kept(
    tmp_path: Path, fake_tesseract: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stalled page times out as soon as it stalls, the others never do."""
    stalled = tmp_path / "first" / "pid"
    act(fake_tesseract, f"mkdir {stalled.parent} && echo $$ > {stalled} && exec sleep 600")
    act(fake_tesseract, "cat > /dev/null; echo Words")
    communicate = subprocess.Popen.communicate
    asked: list[float] = []

    def wait(program: "subprocess.Popen[bytes]", *given: Any, timeout: float) -> Any:
        asked.append(timeout)
        while True:
            try:
                return communicate(program, *given, timeout=0.05)
            except subprocess.TimeoutExpired:
                if stalled.is_file() and stalled.read_text() == f"{program.pid}\n":
                    raise

    monkeypatch.setattr(subprocess.Popen, "communicate", wait)
    source = read_pdf(write_pdf(tmp_path / "a.pdf", ["", "", ""]), ocr_languages="eng")
    assert len(source.ocr_pages) == 2
    assert list(source.unreadable.values()) == [f"{SCAN}; recognition took longer than 60 s"]
    assert all(0 < timeout_s <= 60 for timeout_s in asked)


@ON_POSIX
def test_recognition_stops_at_the_documents_time_limit(
    tmp_path: Path, fake_tesseract: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock moves only while a page is waited for."""
    monkeypatch.setattr("ragguide.create.pdf.pages.SCAN_TIMEOUT_S", 0.0)
    act(fake_tesseract, "exec sleep 600")
    communicate = subprocess.Popen.communicate
    now = [0.0]

    def wait(program: "subprocess.Popen[bytes]", *given: Any, timeout: float) -> Any:
        if "stdin" not in program.args:  # it lists its languages
            return communicate(program, *given, timeout=timeout)
        now[0] += timeout
        raise subprocess.TimeoutExpired(program.args, timeout)

    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr(subprocess.Popen, "communicate", wait)
    source = read_pdf(
        write_pdf(tmp_path / "a.pdf", ["Words", "", ""]), ocr_languages="eng", timeout_s=50
    )
    late = f"{SCAN}; it was not recognised: the document took longer than 50 s"
    assert source.unreadable == {2: late, 3: late}
    assert now == [50.0]
