"""What lines of a chat ask for, as people type them."""

import pytest

from ragguide.retrieve.turns import Turn, read_turn

LINES = {
    Turn.THANKS: ("thanks", "Thank you so much for your help!", "ok, great, thanks", "no thanks"),
    Turn.GREETING: ("hi", "Hello!", "good morning"),
    Turn.FAREWELL: ("bye", "that's all"),
    Turn.REMARK: (
        "no", "No.", "ok", "OK!", "great", "yes", "that's very helpful", "good question", "I see",
        "no need", "never mind", "?", "…",
    ),
    Turn.SIMPLER: (
        "explain that more simply", "in other words", "Can you explain that in simple words?",
        "I don't understand", "what does that mean?", "Explain like I'm five", "rephrase please",
        "no, explain it", "what do you mean", "put differently?", "I didn’t get that",
    ),
    Turn.SHORTER: (
        "shorter", "make it shorter, please", "in short?", "tl;dr", "summarise that",
        "say that in one sentence", "give me the short version",
    ),
    Turn.REASON: ("why?", "and why?", "why not", "How come?", "explain why"),
    Turn.AGAIN: ("really?", "are you sure?", "say that again", "what?", "is that true?"),
    Turn.QUESTION: (
        "", "what is RAG?", "no, the lathe", "great, and the lathe?", "thanks! what does it cost?",
        "explain the kiln", "explain the kiln in simple words", "why is the kiln hot?",
        "is it simple?", "is it ok?", "can I put it in again?", "how long?", "help",
        "What do you mean by drift?", "short circuit", "hello world example", "no entry signs",
        "summarise chapter 3", "what is short?",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("line", "turn"), [(line, turn) for turn, lines in LINES.items() for line in lines]
)
def test_a_line_asks_for(line: str, turn: Turn) -> None:
    assert read_turn(line) is turn
