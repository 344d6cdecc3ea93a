"""A conversation as Markdown."""

import msgspec

from ragguide.cli.chat.transcript import transcript
from tests.augment.test_evidence import hit
from tests.cli.test_printer import answer


def test_a_refusal_is_saved_with_its_sentence_and_the_nearest_sections() -> None:
    found = hit(0, 0)
    chunk = msgspec.structs.replace(found.chunk, document="guide", section=("Tides", "Ebb"))
    refused = answer(
        "",
        refused=True,
        refusal="The guide does not say: it does not contain “Vertex”.",
        quotes=(),
        citations=(),
        hits=(msgspec.structs.replace(found, chunk=chunk),),
    )
    assert transcript([refused]).split("\n") == [
        "## Who reads it?",
        "",
        "The guide does not say: it does not contain “Vertex”.",
        "",
        f"- guide, {chunk.locator} · Tides > Ebb",
        "",
    ]


def test_a_refusal_of_the_model_is_saved_with_the_nearest_statements() -> None:
    refused = answer("", refused=True, refusal="The guide does not say.", citations=())
    assert transcript([refused]).split("\n")[2:5] == [
        "The guide does not say.", "", "- [1] guide, pp. 2-3: “AI reads it, line by line.”"
    ]  # fmt: skip


def test_an_answer_is_saved_with_its_sources() -> None:
    assert transcript([answer()]).split("\n")[2:5] == [
        "AI reads it. [1]", "", "- [1] guide, pp. 2-3: “AI reads it, line by line.”"
    ]  # fmt: skip
