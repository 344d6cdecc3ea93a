"""Reading intact and broken PDFs in the child process."""

import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from pypdf import PdfWriter
from pypdf.generic import NameObject, read_object

from benchmarks import hostile_pdfs
from ragguide.create.pdf import pages
from ragguide.create.pdf.pages import read_pdf
from ragguide.errors import InputError
from ragguide.types import Bookmark, Source
from tests.pdfs import add_pictures, encrypt, make_endless, set_content, write_pdf

FIVE = ("First of all", "Second thoughts", "Third time", "Fourth wall", "Fifth wheel")
BOOKMARKS = (("Front", 1, 1), ("Part one", 1, 3), ("Chapter", 2, 4), ("Section", 3, 5))
BROKEN = b"BT <zz> Tj ET"  # not a hexadecimal string
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")


def texts(source: Source) -> list[str]:
    return [page.text.strip() for page in source.pages]


def readers() -> list[str]:
    """Return the ids of child processes that read a PDF."""
    children = [
        child
        for task in Path("/proc/self/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
    return [c for c in children if b"pdf.reader" in Path(f"/proc/{c}/cmdline").read_bytes()]


def refusal(path: Path, **limits: Any) -> str:
    """Return the error for a path: one line that names it."""
    with pytest.raises(InputError, match=re.escape(str(path))) as caught:
        read_pdf(path, **limits)
    message = str(caught.value)
    assert message.splitlines() == [message]
    assert message.endswith(".")
    return message.removeprefix(f"{path} ")


def test_text_labels_and_nested_bookmarks_are_read(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", FIVE, title="Five", bookmarks=BOOKMARKS, n_roman=2)
    source = read_pdf(path)
    assert texts(source) == list(FIVE)
    assert [page.number for page in source.pages] == [1, 2, 3, 4, 5]
    assert [page.label for page in source.pages] == ["i", "ii", "1", "2", "3"]
    assert source.bookmarks == tuple(
        Bookmark(title=title, level=level, page=page) for title, level, page in BOOKMARKS
    )
    assert (source.name, source.title, source.unreadable) == ("a", "Five", {})
    assert (source.path, source.size_bytes) == (str(path.resolve()), path.stat().st_size)


def test_a_pdf_without_a_title_gets_its_file_name(tmp_path: Path) -> None:
    assert read_pdf(write_pdf(tmp_path / "notes.pdf", FIVE)).title == "notes"


def test_titles_are_one_line_without_control_characters(tmp_path: Path) -> None:
    odd = "Red\x1b[31m\r\ntitle\u202e \U0001f40d"
    path = write_pdf(tmp_path / "a.pdf", FIVE, title=odd, bookmarks=[(odd, 1, 2)])
    source = read_pdf(path)
    assert source.title == "Red [31m title \U0001f40d"
    assert source.bookmarks == (Bookmark(title=source.title, level=1, page=2),)


@pytest.mark.parametrize(
    "name", ["two words.pdf", "Übersicht für 機械学習.pdf", "-r.pdf", "--.pdf"]
)
def test_any_file_name_is_accepted(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_pdf(tmp_path / name, FIVE)
    assert texts(read_pdf(Path(name))) == list(FIVE)


def test_a_missing_file_is_rejected(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.pdf") == "does not exist. Check the path."


def test_a_path_through_a_file_is_rejected(tmp_path: Path) -> None:
    write_pdf(tmp_path / "a.pdf", FIVE)
    assert refusal(tmp_path / "a.pdf" / "b.pdf") == "does not exist. Check the path."


def test_a_folder_is_rejected(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "is a folder. Name the PDF files in it."


def test_a_pipe_is_rejected_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    assert (
        refusal(tmp_path / "pipe.pdf") == "is not a regular file. Save its content to a file first."
    )


def test_circular_links_are_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").symlink_to(tmp_path / "b.pdf")
    (tmp_path / "b.pdf").symlink_to(tmp_path / "a.pdf")
    assert refusal(tmp_path / "a.pdf").startswith("cannot be read: Too many levels of symbolic")


def test_an_impossible_file_name_is_rejected() -> None:
    with pytest.raises(InputError, match=re.escape(r"'a\x00.pdf' cannot be opened: embedded null")):
        read_pdf(Path("a\0.pdf"))


@ON_LINUX
def test_a_name_that_an_index_cannot_store_is_rejected(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.pdf"))
    path.write_bytes(write_pdf(tmp_path / "a.pdf", FIVE).read_bytes())
    with pytest.raises(InputError, match=r"�\.pdf has a name that is not UTF-8"):
        read_pdf(path)


def test_an_empty_file_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").touch()
    assert refusal(tmp_path / "a.pdf") == "is empty (0 bytes). Download it again."


def test_a_file_of_another_format_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("<html>Not found</html>")
    assert refusal(tmp_path / "a.pdf") == (
        "is not a PDF: it does not begin with %PDF-. Convert it first."
    )


@pytest.mark.parametrize("share", [0.01, 0.5, 0.98])
def test_a_truncated_file_is_rejected(share: float, tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", FIVE)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    message = refusal(path)
    assert message.startswith("is damaged and cannot be read (")
    assert message.endswith("; print it to a new PDF and try that.")


ALGORITHMS = pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])


@ALGORITHMS
def test_an_encrypted_file_without_password_is_rejected(algorithm: str, tmp_path: Path) -> None:
    path = encrypt(write_pdf(tmp_path / "a.pdf", FIVE), password="sesame", algorithm=algorithm)
    assert refusal(path) == (
        "needs a password. Pass it with `--password` or set RAGGUIDE_PASSWORD."
    )


@pytest.mark.parametrize("password", ["open", "", "sesame\n", "機械"])
@ALGORITHMS
def test_a_wrong_password_is_rejected_and_not_printed(
    algorithm: str, password: str, tmp_path: Path
) -> None:
    path = encrypt(write_pdf(tmp_path / "a.pdf", FIVE), password="sesame", algorithm=algorithm)
    assert refusal(path, password=password) == (
        "is encrypted, and the password does not open it. Check `--password` or RAGGUIDE_PASSWORD."
    )


@pytest.mark.parametrize("password", ["sesame", "owner"])
@ALGORITHMS
def test_user_and_owner_password_open_the_file(
    algorithm: str, password: str, tmp_path: Path
) -> None:
    path = encrypt(write_pdf(tmp_path / "a.pdf", FIVE), password="sesame", algorithm=algorithm)
    assert texts(read_pdf(path, password=password)) == list(FIVE)


@ALGORITHMS
def test_a_password_may_contain_any_letter(algorithm: str, tmp_path: Path) -> None:
    path = encrypt(write_pdf(tmp_path / "a.pdf", FIVE), password="Öffne dich", algorithm=algorithm)
    assert texts(read_pdf(path, password="Öffne dich")) == list(FIVE)


def test_an_unneeded_password_is_ignored(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", FIVE)
    assert texts(read_pdf(path, password="sesame")) == list(FIVE)
    encrypt(path, password="", algorithm="AES-256")
    assert texts(read_pdf(path, password="sesame")) == list(FIVE)


@ON_LINUX
def test_the_password_is_not_in_the_process_list(tmp_path: Path) -> None:
    path = encrypt(write_pdf(tmp_path / "a.pdf", FIVE), password="sesame", algorithm="AES-256")
    seen: list[bytes] = []
    read_pdf(
        path,
        password="sesame",
        on_page=lambda _done, _total: seen.extend(
            Path(f"/proc/{child}/cmdline").read_bytes() for child in readers()
        ),
    )
    assert len(seen) > 0
    assert not any(b"sesame" in command for command in seen)


@ALGORITHMS
def test_an_empty_password_opens(algorithm: str, tmp_path: Path) -> None:
    path = encrypt(write_pdf(tmp_path / "a.pdf", FIVE), password="", algorithm=algorithm)
    assert texts(read_pdf(path)) == list(FIVE)


def test_a_missing_crypto_package_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = encrypt(write_pdf(tmp_path / "a.pdf", FIVE), password="", algorithm="AES-256")
    for package in ("cryptography", "Crypto"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise ImportError\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    message = refusal(path)
    assert message.startswith("is encrypted (DependencyError")
    assert message.endswith("run `pip install 'pypdf[crypto]'`.")


def test_a_page_with_drawings_but_no_words_is_reported_as_a_scan(tmp_path: Path) -> None:
    source = read_pdf(write_pdf(tmp_path / "a.pdf", ["", "Words", "", None, "12"]))
    reason = "has no text layer (a scan?); read it with --ocr"
    assert source.unreadable == {1: reason, 3: reason}
    assert texts(source) == ["", "Words", "", "", "12"]


@pytest.mark.parametrize(
    ("content", "is_scan"),
    [
        (b"q 500 0 0 700 0 0 cm /Im0 Do Q", True),
        (b"q 500 0 0 700 0 0 cm /Im0 Do Q BT /F1 9 Tf (12) Tj ET", True),  # a stamped number
        (b"q 50 0 0 50 0 0 cm /Im0 Do Q BT /F1 9 Tf (12) Tj ET", False),  # and a logo
        (b"q 500 0 0 700 0 0 cm /Im0 Do Q BT /F1 9 Tf (Figure 3) Tj ET", False),
        (b"q 500 0 0 700 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q", True),
        (b"0 0 500 700 re f", True),
        (b"1 g 0 0 500 700 re f", False),  # white on white
        (b"0 0 0 0 k 0 0 500 700 re f", False),
        (b"0 0 500 700 re W n", False),  # clips, and draws nothing
        (b"0 0 m 500 700 l S", True),
        (b"BT /F1 9 Tf ( ) Tj ET", False),
        (b"", False),
    ],
)
def test_page_content_that_counts_as_a_scan(content: bytes, is_scan: bool, tmp_path: Path) -> None:
    path = set_content(write_pdf(tmp_path / "a.pdf", ["Words", "Words"]), 2, content)
    assert list(read_pdf(path).unreadable) == [2] * is_scan


@pytest.mark.parametrize(
    ("font", "codes", "is_lost"),
    [
        ("/Subtype/Type0/Encoding/Identity-H", b"<" + b"002400250026" * 8 + b">", True),
        ("/Subtype/TrueType", b"<" + b"0102030405060708" * 4 + b">", True),
        ("/Subtype/TrueType", b"(Nobody polishes the lens at night)", False),
        ("/Subtype/TrueType", b"<01>", False),  # a bullet
        (
            "/Subtype/Type1/Encoding<</Differences[1/g1/g2/g3/g4/g5]>>",
            b"<" + b"0102030405" * 5 + b">",
            True,
        ),
    ],
)
def test_text_in_a_font_without_a_map_is_reported(
    font: str, codes: bytes, is_lost: bool, tmp_path: Path
) -> None:
    path = write_pdf(tmp_path / "a.pdf", ["Words", "Words"])
    content = b"BT /F1 9 Tf 72 700 Td (Lamp room) Tj /F9 9 Tf 0 -20 Td " + codes + b" Tj ET"
    set_content(path, 2, content)
    writer = PdfWriter(clone_from=path)
    inner = "<</Type/Font/Subtype/CIDFontType2/CIDSystemInfo<</Ordering(Identity)>>/W[0[500]]>>"
    data = f"<</Type/Font/BaseFont/AAAAAA+Lamp{font}/DescendantFonts[{inner}]>>"
    fonts = writer.pages[1]["/Resources"]["/Font"].get_object()
    fonts[NameObject("/F9")] = read_object(BytesIO(data.encode()), writer)
    writer.write(path)
    source = read_pdf(path)
    why = "has text in a font without a character map; read it with --ocr"
    assert source.unreadable == ({2: why} if is_lost else {})
    assert "Lamp room" in texts(source)[1]


def test_attached_files_are_named(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", ["Words", "Words"])
    writer = PdfWriter(clone_from=path)
    writer.add_attachment("tides.csv", b"high,low")
    writer.write(path)
    why = "has the attached file 'tides.csv', which is not read; save it and ingest it too"
    assert read_pdf(path).unreadable == {1: why}


def test_a_pdf_of_only_scans_is_rejected(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "scan.pdf", ["", "", ""])
    message = refusal(path)
    assert message.startswith(
        "has no text layer on any of its 3 pages (scans?). Read it with `--ocr`"
    )
    message = refusal(set_content(path, 2, BROKEN))
    assert message.startswith(
        "has no text layer on 2 of its 3 pages (scans?). Read it with `--ocr`"
    )


def test_a_pdf_of_blank_pages_is_rejected(tmp_path: Path) -> None:
    assert refusal(write_pdf(tmp_path / "a.pdf", [None, None])) == (
        "has only blank pages (2). Check the file."
    )


def test_a_damaged_page_is_reported_and_the_others_are_kept(tmp_path: Path) -> None:
    path = set_content(write_pdf(tmp_path / "a.pdf", FIVE), 2, BROKEN)
    source = read_pdf(path)
    assert texts(source) == [FIVE[0], "", *FIVE[2:]]
    assert list(source.unreadable) == [2]
    assert source.unreadable[2].startswith("cannot be read (")


def test_error_for_a_pdf_without_readable_pages_names_the_first_fault(tmp_path: Path) -> None:
    path = set_content(write_pdf(tmp_path / "a.pdf", [None, "text"]), 2, BROKEN)
    message = refusal(path)
    assert message.startswith("has no readable text: page 2 of 2 cannot be read (")
    assert message.endswith("). Print it to a new PDF and try that.")


def test_an_endless_page_is_reported_and_the_others_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAGE_TIMEOUT_S", 1.0)
    path = make_endless(write_pdf(tmp_path / "a.pdf", FIVE), 2)
    source = read_pdf(path, timeout_s=240)
    assert texts(source) == [FIVE[0], "", *FIVE[2:]]
    assert source.unreadable == {2: "took longer than 1 s to read"}


def test_many_endless_pages_stop_at_the_documents_time_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The document's time is over when two of the nine endless pages have timed out."""
    path = write_pdf(tmp_path / "a.pdf", FIVE * 2)
    for page in range(2, 11):
        make_endless(path, page)
    timers: list[Timer] = []
    now = [0.0]

    def timer(interval: float, act: Callable[[], None]) -> Timer:
        assert interval == 4.0
        timers.append(Timer(3600.0, act))
        return timers[-1]

    def strike(n_done: int, _n_pages: int) -> None:
        if n_done == 2:
            now[0] += 4.0
            timers[0].function()

    monkeypatch.setattr("threading.Timer", timer)
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    source = read_pdf(path, timeout_s=4.0, on_page=strike)
    assert texts(source)[0] == FIVE[0]
    assert source.unreadable[2] == "took longer than 1 s to read"
    assert source.unreadable[10] == "was not read: the document took longer than 4 s"


def test_a_document_that_opens_too_slowly_is_rejected(tmp_path: Path) -> None:
    assert refusal(write_pdf(tmp_path / "a.pdf", FIVE), timeout_s=0.001) == (
        "was not read: the document took longer than 0.001 s. Print it to a new PDF and try that."
    )


@ON_LINUX
def test_a_page_over_the_memory_limit_is_reported_and_the_others_are_kept(tmp_path: Path) -> None:
    long_string = b"BT (" + b"a" * 20_000_000 + b") Tj ET"
    path = set_content(write_pdf(tmp_path / "a.pdf", FIVE), 2, long_string)
    source = read_pdf(path, memory_mb=200)
    assert texts(source) == [FIVE[0], "", *FIVE[2:]]
    assert source.unreadable == {2: "needs more than 200 MB to read"}


def test_a_page_of_endless_text_is_reported_and_the_others_are_kept(tmp_path: Path) -> None:
    content = b"BT /F1 9 Tf (" + b"a" * 1_000_001 + b") Tj ET"
    path = set_content(write_pdf(tmp_path / "a.pdf", FIVE), 2, content)
    source = read_pdf(path)
    assert texts(source) == [FIVE[0], "", *FIVE[2:]]
    assert source.unreadable == {2: "has 1,000,001 characters, too many for a printed page"}


def test_reading_stops_at_the_character_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragguide.create.pdf.pages.MAX_CHARACTERS", 20)
    source = read_pdf(write_pdf(tmp_path / "a.pdf", FIVE))
    assert texts(source) == [*FIVE[:2], "", "", ""]
    reason = "was not read: earlier pages exceed 20 characters"
    assert source.unreadable == {3: reason, 4: reason, 5: reason}


HUGE = b"9" * 40 + b" 0 0 " + b"9" * 40 + b" 0 0 "


@pytest.mark.parametrize(
    "setting",
    [
        b"/F1 9 Tf " + HUGE + b"Tm",
        (HUGE + b"cm ") * 9 + b"/F1 9 Tf " + HUGE + b"Tm",  # beyond the largest float
        b"/F1 9 Tf 1 0 0 1 /Here 9 Tm",
        b"/F1 /Large Tf",
    ],
)
def test_letters_outside_the_page_are_read(setting: bytes, tmp_path: Path) -> None:
    content = b"BT " + setting + b" (Lost) Tj ET"
    path = set_content(write_pdf(tmp_path / "a.pdf", FIVE), 2, content)
    source = read_pdf(path)
    assert "Lost" in source.pages[1].text
    assert source.unreadable == {}


@ON_LINUX
def test_memory_does_not_grow_with_pictures(tmp_path: Path) -> None:
    path = add_pictures(write_pdf(tmp_path / "a.pdf", FIVE * 8), 2000)
    assert path.stat().st_size > 160_000_000
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from ragguide.create.pdf.pages import read_pdf\n"
        "print(len(read_pdf(Path(sys.argv[1])).pages))\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    n_pages, peak_kib = done.stdout.split()
    assert n_pages == "40"
    assert int(peak_kib) < 120_000  # 196,000 if nothing is dropped


@ON_LINUX
def test_a_lower_memory_limit_of_the_system_is_kept(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", FIVE)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from ragguide.create.pdf.pages import read_pdf\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 * 10**9,) * 2)\n"
        "print(len(read_pdf(Path(sys.argv[1]), memory_mb=4096).pages))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "5\n"


def test_progress_counts_every_page_once(tmp_path: Path) -> None:
    path = set_content(write_pdf(tmp_path / "a.pdf", FIVE), 2, BROKEN)
    progress: list[tuple[int, int]] = []
    read_pdf(path, on_page=lambda done, total: progress.append((done, total)))
    assert progress == [(0, 5), (1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


@ON_LINUX
def test_the_child_ignores_our_stdin_and_stops_with_the_reading(tmp_path: Path) -> None:
    path = make_endless(write_pdf(tmp_path / "a.pdf", FIVE), 2)
    stdins: dict[str, str] = {}

    def interrupt(done: int, _total: int) -> None:
        if done == 1:
            for child in readers():
                stdins[child] = str(Path(f"/proc/{child}/fd/0").readlink())
            raise KeyboardInterrupt("as a user would")

    with pytest.raises(KeyboardInterrupt, match="as a user would"):
        read_pdf(path, on_page=interrupt)
    assert list(stdins.values()) == ["/dev/null"]
    assert not any(Path(f"/proc/{child}").exists() for child in stdins)


def test_the_same_pages_in_another_file_differ_only_in_their_hash(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", FIVE)
    source = read_pdf(path)
    shutil.copy(path, tmp_path / "b.pdf")
    assert read_pdf(tmp_path / "b.pdf").sha256 == source.sha256
    with path.open("ab") as file:
        file.write(b"\n% more\n")
    changed = read_pdf(path)
    assert changed.pages == source.pages
    assert changed.sha256 != source.sha256


@pytest.mark.parametrize("kind", hostile_pdfs.KINDS)
def test_malicious_files_only_affect_their_own_pages(kind: str, tmp_path: Path) -> None:
    """Two of each kind from `benchmarks/hostile_pdfs.py`, which tries hundreds."""
    seeds = hostile_pdfs.seed_files()
    for number in range(2):
        path = tmp_path / f"{number}.pdf"
        path.write_bytes(hostile_pdfs.make(kind, seeds, random.Random(f"{kind} {number}")))
        assert hostile_pdfs.try_out(kind, path, 2.0).detail == ""
