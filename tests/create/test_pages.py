"""Reading PDFs, whole and broken, in the child process."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ragguide.create.pages import read_pdf
from ragguide.errors import InputError
from ragguide.types import Bookmark, Source
from tests.pdfs import encrypt, make_endless, set_content, write_pdf

FIVE = ("First of all", "Second thoughts", "Third time", "Fourth wall", "Fifth wheel")
BOOKMARKS = (("Front", 1, 1), ("Part one", 1, 3), ("Chapter", 2, 4), ("Section", 3, 5))
BROKEN = b"BT <zz> Tj ET"  # no hexadecimal string
ON_LINUX = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def texts(source: Source) -> list[str]:
    return [page.text.strip() for page in source.pages]


def refusal(path: Path, **limits: float) -> str:
    """The message that a path is refused with: one line that names it."""
    with pytest.raises(InputError, match=re.escape(str(path))) as caught:
        read_pdf(path, **limits)  # type: ignore[arg-type]
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


def test_a_pdf_without_a_title_is_called_by_its_file_name(tmp_path: Path) -> None:
    assert read_pdf(write_pdf(tmp_path / "notes.pdf", FIVE)).title == "notes"


def test_titles_are_one_line_that_no_terminal_obeys(tmp_path: Path) -> None:
    odd = "Red\x1b[31m\r\ntitle\u202e \U0001f40d"
    path = write_pdf(tmp_path / "a.pdf", FIVE, title=odd, bookmarks=[(odd, 1, 2)])
    source = read_pdf(path)
    assert source.title == "Red [31m title \U0001f40d"
    assert source.bookmarks == (Bookmark(title=source.title, level=1, page=2),)


@pytest.mark.parametrize(
    "name", ["two words.pdf", "Übersicht für 機械学習.pdf", "-r.pdf", "--.pdf"]
)
def test_any_file_name_will_do(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_pdf(tmp_path / name, FIVE)
    assert texts(read_pdf(Path(name))) == list(FIVE)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.pdf") == "does not exist. Check the path."


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    write_pdf(tmp_path / "a.pdf", FIVE)
    assert refusal(tmp_path / "a.pdf" / "b.pdf") == "does not exist. Check the path."


def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path) == "is a folder. Name the PDF files in it."


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pdf")
    assert refusal(tmp_path / "pipe.pdf") == "is no regular file. Save it as a file first."


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").touch()
    assert refusal(tmp_path / "a.pdf") == "is empty (0 bytes). Fetch it again."


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("<html>Not found</html>")
    assert refusal(tmp_path / "a.pdf") == (
        "is not a PDF: it does not begin with %PDF-. Convert it first."
    )


@pytest.mark.parametrize("share", [0.01, 0.5, 0.98])
def test_a_truncated_file_is_refused(share: float, tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", FIVE)
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    message = refusal(path)
    assert message.startswith("is damaged beyond reading (")
    assert message.endswith("; try a copy printed to PDF again.")


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_a_password_is_asked_for_by_refusing(algorithm: str, tmp_path: Path) -> None:
    path = encrypt(write_pdf(tmp_path / "a.pdf", FIVE), password="sesame", algorithm=algorithm)
    assert refusal(path) == "needs a password; save an unlocked copy and use that."


@pytest.mark.parametrize("algorithm", ["RC4-128", "AES-128", "AES-256"])
def test_an_empty_password_opens(algorithm: str, tmp_path: Path) -> None:
    path = encrypt(write_pdf(tmp_path / "a.pdf", FIVE), password="", algorithm=algorithm)
    assert texts(read_pdf(path)) == list(FIVE)


def test_a_missing_crypto_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = encrypt(write_pdf(tmp_path / "a.pdf", FIVE), password="", algorithm="AES-256")
    for package in ("cryptography", "Crypto"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("raise ImportError\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    message = refusal(path)
    assert message.startswith("is encrypted (DependencyError")
    assert message.endswith("it needs `pip install 'pypdf[crypto]'`.")


def test_a_pdf_of_images_only_is_refused(tmp_path: Path) -> None:
    assert refusal(write_pdf(tmp_path / "scan.pdf", ["", ""])) == (
        "has no text on any of its 2 pages: they may be scans. Run it through an OCR program first."
    )


def test_a_damaged_page_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    path = set_content(write_pdf(tmp_path / "a.pdf", FIVE), 2, BROKEN)
    source = read_pdf(path)
    assert texts(source) == [FIVE[0], "", *FIVE[2:]]
    assert list(source.unreadable) == [2]
    assert source.unreadable[2].startswith("cannot be read (")


def test_a_pdf_with_no_page_left_names_the_first_fault(tmp_path: Path) -> None:
    path = set_content(write_pdf(tmp_path / "a.pdf", ["", "text"]), 2, BROKEN)
    message = refusal(path)
    assert message.startswith("gave no text: page 2 of 2 cannot be read (")
    assert message.endswith("). Try a copy printed to PDF again.")


def test_an_endless_page_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    path = make_endless(write_pdf(tmp_path / "a.pdf", FIVE), 2)
    source = read_pdf(path, timeout_s=4)
    assert texts(source) == [FIVE[0], "", *FIVE[2:]]
    assert source.unreadable == {2: "took over 1 s to read"}


def test_many_endless_pages_end_with_the_documents_time(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", FIVE * 2)
    for page in range(2, 11):
        make_endless(path, page)
    started = time.monotonic()
    source = read_pdf(path, timeout_s=2)
    assert time.monotonic() - started < 4
    assert texts(source)[0] == FIVE[0]
    assert source.unreadable[2] == "took over 0.5 s to read"
    assert source.unreadable[10] == "was not read: the document took over 2 s"


def test_a_document_that_cannot_be_opened_in_time_is_refused(tmp_path: Path) -> None:
    assert refusal(write_pdf(tmp_path / "a.pdf", FIVE), timeout_s=0.001) == (
        "was not read: the document took over 0.001 s. Try a copy printed to PDF again."
    )


@ON_LINUX
def test_a_page_beyond_the_memory_is_named_and_the_others_are_kept(tmp_path: Path) -> None:
    long_string = b"BT (" + b"a" * 20_000_000 + b") Tj ET"
    path = set_content(write_pdf(tmp_path / "a.pdf", FIVE), 2, long_string)
    source = read_pdf(path, memory_mb=200)
    assert texts(source) == [FIVE[0], "", *FIVE[2:]]
    assert source.unreadable == {2: "needs over 200 MB to read"}


@ON_LINUX
def test_a_lower_ceiling_of_the_system_is_kept_to(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", FIVE)
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from ragguide.create.pages import read_pdf\n"
        "resource.setrlimit(resource.RLIMIT_AS, (2 * 10**9,) * 2)\n"
        "print(len(read_pdf(Path(sys.argv[1]), memory_mb=4096).pages))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "5\n"


def test_progress_counts_every_page_once(tmp_path: Path) -> None:
    path = set_content(write_pdf(tmp_path / "a.pdf", FIVE), 2, BROKEN)
    told: list[tuple[int, int]] = []
    read_pdf(path, on_page=lambda done, total: told.append((done, total)))
    assert told == [(0, 5), (1, 5), (2, 5), (3, 5), (4, 5), (5, 5)]


@ON_LINUX
def test_the_child_reads_nothing_from_our_stdin_and_dies_with_the_reading(tmp_path: Path) -> None:
    path = make_endless(write_pdf(tmp_path / "a.pdf", FIVE), 2)
    stdins: dict[str, str] = {}

    def interrupt(done: int, _total: int) -> None:
        if done == 1:
            for task in Path("/proc/self/task").iterdir():
                for child in (task / "children").read_text().split():
                    if b"pdf_reader.py" in Path(f"/proc/{child}/cmdline").read_bytes():
                        stdins[child] = str(Path(f"/proc/{child}/fd/0").readlink())
            raise KeyboardInterrupt("as a user would")

    with pytest.raises(KeyboardInterrupt, match="as a user would"):
        read_pdf(path, on_page=interrupt)
    assert list(stdins.values()) == ["/dev/null"]
    assert not any(Path(f"/proc/{child}").exists() for child in stdins)


def test_the_same_pages_in_another_file_have_another_hash_only(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", FIVE)
    source = read_pdf(path)
    shutil.copy(path, tmp_path / "b.pdf")
    assert read_pdf(tmp_path / "b.pdf").sha256 == source.sha256
    with path.open("ab") as file:
        file.write(b"\n% more\n")
    changed = read_pdf(path)
    assert changed.pages == source.pages
    assert changed.sha256 != source.sha256
