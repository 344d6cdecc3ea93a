"""An index in; pictures of the page of `ragguide serve` and of an evaluation report out.

    python scripts/take_pictures.py docs/page.png docs/report.png

Both show real results: a question is typed into the page of a server and its first mark is clicked,
and the report is that of a run of `--cases` with quotes. Needs the index `default` of
`data/guide.pdf`, and Chromium. A picture has 128 colours, so that it is small.
"""

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
QUESTION = "How many passages can Amazon Kendra return for one query, and how long may each be?"
N_COLOURS = 128
PATIENCE_MS = 300_000.0
RAGGUIDE = (sys.executable, "-m", "ragguide")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("page", type=Path, help="the picture of the page")
    parser.add_argument("report", type=Path, help="the picture of the report")
    parser.add_argument("--question", default=QUESTION)
    parser.add_argument("--cases", type=Path, default=Path("data/eval/guide.jsonl"))
    args = parser.parse_args()
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        sys.exit("There is no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        report = report_of(args.cases, Path(folder))
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        with serving() as address:
            take_page(browser, address, args.question, args.page)
        take_report(browser, report, args.report)
        browser.close()


def take_page(browser: Browser, address: str, question: str, picture: Path) -> None:
    """Ask a question, open the source of its first mark, and take the picture."""
    page = browser.new_page(viewport={"width": 1200, "height": 720})
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    page.get_by_label("Question", exact=True).fill(question)
    page.keyboard.press("Enter")
    answer = page.locator("#exchanges > li .answer")
    expect(answer).to_have_attribute("aria-busy", "false", timeout=PATIENCE_MS)
    answer.locator("button.mark").first.click()
    status = page.locator("#viewer-status")
    expect(status).to_have_text("The quote is highlighted.", timeout=PATIENCE_MS)
    save(page, picture)


def take_report(browser: Browser, report: Path, picture: Path) -> None:
    """Take a picture of the first screen of a report."""
    page = browser.new_page(viewport={"width": 1000, "height": 920})
    page.goto(report.as_uri())
    save(page, picture)


def save(page: Page, picture: Path) -> None:
    with Image.open(BytesIO(page.screenshot())) as shot:
        shot.convert("RGB").quantize(N_COLOURS).save(picture, optimize=True)
    print(f"{picture}: {picture.stat().st_size / 1000:.0f} kB")


def report_of(cases: Path, folder: Path) -> Path:
    """Run a question set with quotes, and return the report as HTML."""
    report = folder / "report.html"
    runs = ("--runs-dir", str(folder))
    ragguide("eval", "run", str(cases), "--quotes", "--name", cases.stem, *runs)
    ragguide("eval", "report", cases.stem, "-o", str(report), *runs)
    return report


def ragguide(*words: str) -> None:
    subprocess.run([*RAGGUIDE, *words], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def serving() -> Iterator[str]:
    """Yield the address of a server of the index `default`."""
    command = [*RAGGUIDE, "serve", "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        try:
            yield address_in(server.stderr)
        finally:
            server.terminate()
            server.stderr.read()


def address_in(lines: Iterator[str]) -> str:
    """Return the address that the server prints when it is ready."""
    for line in lines:
        if found := re.search(r"serving .* at (http\S+)", line):
            return found[1]
    sys.exit("The server did not start.")


if __name__ == "__main__":
    main()
