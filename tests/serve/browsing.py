"""A headless Chromium that complains about faults of the page; tests skip where there is none."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.serve.serving import PATIENCE_S

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
expect.set_options(timeout=1000 * PATIENCE_S)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no Chromium here, so the page is not tested: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS.split())
        yield browser
        browser.close()


@contextmanager
def visiting(browser: Browser, address: str, **options: Any) -> Iterator[Page]:
    """Yield the page at `/` in a tab of its own; it must not log an error of its own."""
    context = browser.new_context(**options)
    context.set_default_timeout(1000 * PATIENCE_S)
    page = context.new_page()
    faults: list[str] = []
    # pdf.js rejects a promise of its own, too, where the server refuses a PDF that has changed.
    page.on(
        "pageerror",
        lambda error: None if "ResponseException" in str(error) else faults.append(str(error)),
    )
    page.on(
        "console",
        lambda message: (
            faults.append(message.text)
            if message.type == "error" and "status of 4" not in message.text
            else None
        ),
    )
    page.goto(address)
    yield page
    context.close()
    assert faults == [], faults


def ask(page: Page, question: str) -> Locator:
    """Type a question, press Enter, and return the box of its answer when it is complete."""
    n = page.locator("#exchanges > li").count()
    page.get_by_label("Question", exact=True).fill(question)
    page.keyboard.press("Enter")
    box = page.locator("#exchanges > li").nth(n).locator(".answer")
    expect(box).to_have_attribute("aria-busy", "false")
    return box


def marked(page: Page) -> str:
    """Wait for the highlight, and return the marked words without white space."""
    expect(page.locator("#viewer-status")).to_have_text("The quote is highlighted.")
    return "".join("".join(page.locator("#paper mark").all_text_contents()).split())


def contrast(page: Page, selector: str) -> float:
    """Return the contrast ratio of an element's text and its background, from 1 to 21.

    Source: WCAG 2.2, relative luminance.
    """
    ratio: float = page.locator(selector).first.evaluate(
        """(element) => {
            const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
            const light = (text) => {
                const [r, g, b] = rgb(text).slice(0, 3).map((value) => {
                    const part = value / 255;
                    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
                });
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            let behind = element;
            while (rgb(getComputedStyle(behind).backgroundColor)[3] === 0) {
                behind = behind.parentElement;
            }
            const text = light(getComputedStyle(element).color);
            const back = light(getComputedStyle(behind).backgroundColor);
            return (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
        }"""
    )
    return ratio
