"""Answers of each kind, by a generator with scripted replies."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
import pytest

from ragguide.augment.citations import citation_of
from ragguide.augment.conversation import Excerpts
from ragguide.augment.drafts import first_sentences
from ragguide.augment.prompt import FROM_PASSAGES, REWORD, SYSTEM, passages_message
from ragguide.augment.quotes import Context
from ragguide.augment.rank import ScoreStatements
from ragguide.augment.write import WriteOptions, Written, answer_of, write_answer
from ragguide.base.clock import Deadline, Stopwatch
from ragguide.types import Evidence, Found, Piece
from tests.augment.test_citations import evidence
from tests.fakes import FakeGenerator

COSTS = "Spot Instances cost up to 90 percent less than others."
EVIDENCE = evidence(COSTS, "On-Demand Instances are billed by the second.", section=("Costs",))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Patch `time.monotonic` to return the only number in this list."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    return now


class SlowGenerator(FakeGenerator):
    """A generator that takes one second per word on the given clock."""

    def __init__(self, reply: str, clock: list[float]) -> None:
        super().__init__(reply)
        self.clock = clock

    def generate(
        self,
        tokens: Sequence[int],
        *,
        max_tokens: int,
        until: float | None = None,
        reuse: bool = False,
    ) -> Iterator[str]:
        for piece in super().generate(tokens, max_tokens=max_tokens, until=until, reuse=reuse):
            self.clock[0] += 1.0
            yield piece


class ScriptedGenerator(FakeGenerator):
    """A generator with scripted log odds of yes, in nats, and one reply per draft, in order.

    The odds are those before and after it states what the guide says.
    """

    def __init__(self, leans: tuple[float, float] | None, *replies: str) -> None:
        super().__init__()
        self.leans = list(leans) if leans else []
        self.replies = list(replies)

    def logprobs_of(self, texts: Sequence[str]) -> list[float] | None:
        if not self.leans:
            return None
        lean = self.leans.pop(0)
        return [lean if "Yes" in text else 0.0 for text in texts]

    def generate(
        self,
        tokens: Sequence[int],
        *,
        max_tokens: int,
        until: float | None = None,
        reuse: bool = False,
    ) -> Iterator[str]:
        self.reply = self.replies.pop(0)
        return super().generate(tokens, max_tokens=max_tokens, until=until, reuse=reuse)


def write(
    generator: FakeGenerator,
    question: str = "Why use Spot Instances?",
    items: Sequence[Evidence] = EVIDENCE,
    *,
    passages: Sequence[str] = (),
    **options: object,
) -> Written:
    writing = write_answer(
        generator,
        question,
        Context(excerpts=items, passages=passages, evidence=items),
        context_tokens=300,
        rarity={},
        options=WriteOptions(answer_tokens=400, **options),  # type: ignore[arg-type]
        clock=Stopwatch(),
    )
    written: list[Written] = []

    def pieces() -> Iterator[Piece]:
        written.append((yield from writing))

    shown = "".join(piece.text for piece in pieces())
    assert shown == written[0].text
    return written[0]


def test_a_sentence_gets_the_mark_of_the_quote_that_supports_it() -> None:
    said = write(FakeGenerator("Spot Instances cost up to 90 percent less."))
    assert said.text == "Spot Instances cost up to 90 percent less. [1]"
    assert [citation.quote for citation in said.citations] == [COSTS]
    assert said.degraded == ()


def test_the_best_quote_replaces_an_unsupported_answer() -> None:
    said = write(FakeGenerator("Llamas graze in the Andes."))
    assert said.text == f"{COSTS} [1]"
    assert not said.refused


def test_of_two_sentences_only_the_supported_one_is_shown() -> None:
    said = write(FakeGenerator("Llamas graze. Spot Instances cost up to 90 percent less."))
    assert said.text == "Spot Instances cost up to 90 percent less. [1]"


def test_an_open_question_is_not_answered_with_yes() -> None:
    said = write(ScriptedGenerator(None, LLAMAS, "Yes, Spot Instances cost up to 90 percent less."))
    assert said.text == "Spot Instances cost up to 90 percent less. [1]"


CHEAPER = "Do Spot Instances cost less than others?"


LLAMAS = " llamas graze in the Andes."
LESS = " Spot Instances cost up to 90 percent less."


def test_a_verdict_comes_first_and_then_what_the_guide_says() -> None:
    said = write(ScriptedGenerator((0.5, 3.0), LESS), CHEAPER)
    assert said.text == "Yes, Spot Instances cost up to 90 percent less. [1]"
    said = write(ScriptedGenerator((-1.0, -2.0), LESS), CHEAPER)
    assert said.text == "No, Spot Instances cost up to 90 percent less. [1]"


@pytest.mark.parametrize(
    ("fact", "statement", "answer"),
    [
        (
            "The pier is closed in winter.",
            ' "The pier is closed in winter."',
            "No, the pier is closed in winter.",
        ),
        ("IT runs the pier.", ' "IT runs the pier."', "No, IT runs the pier."),
        ("No car may use the pier.", " no car may use the pier.", "No. No car may use the pier."),
    ],
)
def test_a_reason_goes_on_behind_its_verdict(fact: str, statement: str, answer: str) -> None:
    said = write(ScriptedGenerator((-2.0, -3.0), statement), "Is the pier open?", evidence(fact))
    assert said.text == f"{answer} [1]"


def test_the_odds_after_a_statement_count_if_it_has_support() -> None:
    assert write(ScriptedGenerator((-1.4, 2.0), LESS), CHEAPER).text.startswith("Yes, ")
    assert write(ScriptedGenerator((-1.4, 2.0), LLAMAS, LESS), CHEAPER).text.startswith("No, ")


def test_what_the_guide_says_stands_alone_if_yes_and_no_are_equally_likely() -> None:
    said = write(ScriptedGenerator((-0.5, 0.0), LESS), CHEAPER)
    assert said.text == "Spot Instances cost up to 90 percent less. [1]"


def test_a_quote_alone_gets_a_verdict_only_if_the_model_is_sure() -> None:
    sure, unsure = (-3.0, -3.0), (-1.0, 0.0)
    assert write(ScriptedGenerator(sure, LLAMAS, LLAMAS), CHEAPER).text == f"No. {COSTS} [1]"
    assert write(ScriptedGenerator(unsure, LLAMAS, LLAMAS), CHEAPER).text == f"{COSTS} [1]"


def test_a_conclusion_of_the_models_own_is_left_out() -> None:
    draft = " Spot Instances cost up to 90 percent less, so llamas are cheap to keep."
    said = write(ScriptedGenerator((0.5, 3.0), draft), CHEAPER)
    assert said.text == "Yes, Spot Instances cost up to 90 percent less. [1]"


def test_a_result_that_is_not_asked_about_is_left_out_of_a_verdict() -> None:
    items = evidence("Spot Instances cost up to 90 percent less than others, reducing your bill.")
    draft = " Spot Instances cost up to 90 percent less, reducing your bill."
    said = write(ScriptedGenerator((0.5, 3.0), draft), CHEAPER, items)
    assert said.text == "Yes, Spot Instances cost up to 90 percent less. [1]"
    said = write(ScriptedGenerator((0.5, 3.0), draft), "Do Spot Instances reduce my bill?", items)
    assert said.text == "Yes, Spot Instances cost up to 90 percent less, reducing your bill. [1]"


def test_a_supported_reason_replaces_an_unsupported_statement() -> None:
    said = write(ScriptedGenerator((0.5, 3.0), LLAMAS, LESS), CHEAPER)
    assert said.text == "Yes, Spot Instances cost up to 90 percent less. [1]"


def test_a_sure_verdict_without_a_supported_reason_is_given_with_the_quote() -> None:
    sure = ScriptedGenerator((3.0, 3.0), LLAMAS, LLAMAS)
    assert write(sure, CHEAPER).text == f"Yes. {COSTS} [1]"
    sure = ScriptedGenerator((-3.0, -3.0), LLAMAS, LLAMAS)
    assert write(sure, CHEAPER).text == f"No. {COSTS} [1]"


def test_an_unsure_or_strict_verdict_without_a_supported_reason_is_not_given() -> None:
    unsure = ScriptedGenerator((0.6, 1.0), LLAMAS, LLAMAS)
    assert write(unsure, CHEAPER).text == f"{COSTS} [1]"
    said = write(ScriptedGenerator((3.0, 3.0), LLAMAS, LLAMAS), CHEAPER, strict=True)
    assert said.text == f"{COSTS} [1]"


def test_a_space_before_a_number_does_not_end_a_sentence() -> None:
    class Spacing(FakeGenerator):
        def generate(
            self,
            tokens: Sequence[int],  # noqa: ARG002
            *,
            max_tokens: int,  # noqa: ARG002
            until: float | None = None,  # noqa: ARG002
            reuse: bool = False,  # noqa: ARG002
        ) -> Iterator[str]:
            yield from ("Spot Instances cost up to", " ", "90", " percent less.", " Then", " x")

    assert write(Spacing()).text == "Spot Instances cost up to 90 percent less. [1]"


def test_a_generator_without_log_probabilities_gives_its_own_verdict() -> None:
    reply = "Yes, Spot Instances cost up to 90 percent less."
    assert write(ScriptedGenerator(None, reply), CHEAPER).text == f"{reply} [1]"


VERSUS = "Spot Instances vs On-Demand Instances: what do they cost?"


def test_a_comparison_has_a_line_for_each_side() -> None:
    generator = ScriptedGenerator(
        None, LLAMAS, " cost up to 90 percent less than others.", " are billed by the second."
    )
    said = write(generator, VERSUS)
    assert said.text == f"{COSTS} [1]\nOn-Demand Instances are billed by the second. [2]"


def test_the_guide_speaks_for_a_side_that_the_model_says_nothing_true_of() -> None:
    generator = ScriptedGenerator(None, LESS, LLAMAS, LLAMAS)
    said = write(generator, VERSUS)
    assert said.text == f"{COSTS} [1]\nOn-Demand Instances are billed by the second. [2]"


def test_a_sentence_that_is_said_of_each_side_is_said_once() -> None:
    items = evidence("Spot Instances and On-Demand Instances differ in what they cost per hour.")
    generator = ScriptedGenerator(None, LLAMAS, LLAMAS, LLAMAS)
    said = write(generator, VERSUS, items)
    assert said.text == f"{items[0].text} [1]"


def test_a_number_that_the_evidence_lacks_is_never_printed() -> None:
    said = write(FakeGenerator("You can start 20 llamas."), "How many llamas can I start?")
    assert (said.text, said.refused) == ("", True)


def test_a_question_for_a_number_is_refused_if_neither_model_nor_guide_has_one() -> None:
    said = write(FakeGenerator("Instances are billed."), "How many hours are billed?")
    assert (said.text, said.refused) == ("", True)


def test_the_quote_with_the_number_replaces_an_unsupported_answer() -> None:
    items = evidence("Llamas graze.", "A herd has 20 llamas.")
    said = write(FakeGenerator("Llamas graze all day."), "How many llamas are in a herd?", items)
    assert said.text == "A herd has 20 llamas. [2]"


def test_an_answer_is_cut_off_at_the_deadline_and_says_so(clock: list[float]) -> None:
    reply = "Spot Instances cost up to 90 percent less. They " + "may be " * 300
    said = write(SlowGenerator(reply, clock), deadline=Deadline(20))
    assert said.text == "Spot Instances cost up to 90 percent less. [1]"
    assert said.degraded == ("cut off: the deadline of 20 s passed while the model wrote.",)


def test_a_deadline_before_the_first_word_leaves_only_the_quotes() -> None:
    said = write(FakeGenerator(), deadline=Deadline(0))
    assert said.text == ""
    assert said.degraded == (
        "quotes only: the deadline of 0 s passed before the model's first word.",
    )


def test_a_deadline_counts_from_its_given_start(clock: list[float]) -> None:
    assert Deadline(60, began=clock[0] - 60).has_passed
    assert Deadline(60, began=clock[0] - 59).left_s == 1.0
    assert Deadline(60).left_s == 60.0
    assert list(islice(FakeGenerator("a b").generate((), max_tokens=9, until=0.0), 9)) == []


def test_one_sentence_about_both_sides_completes_a_comparison() -> None:
    items = evidence("A sloop has one mast, a ketch has two masts.")
    generator = ScriptedGenerator(None, " a sloop has one mast, a ketch has two masts.")
    said = write(generator, "sloop vs ketch", items)
    assert said.text == "A sloop has one mast, a ketch has two masts. [1]"


def test_a_statement_loses_its_quotation_marks_and_begins_with_a_capital() -> None:
    said = write(FakeGenerator(' "spot Instances cost up to 90 percent less."'))
    assert said.text == "Spot Instances cost up to 90 percent less. [1]"


def test_the_deadline_holds_while_the_odds_of_a_verdict_are_read() -> None:
    given: list[float | None] = []

    class Late(ScriptedGenerator):
        def next_logprobs(
            self,
            tokens: Sequence[int],  # noqa: ARG002
            texts: Sequence[str],  # noqa: ARG002
            *,
            until: float | None = None,
            reuse: bool = False,  # noqa: ARG002
        ) -> list[float] | None:
            given.append(until)
            return None

    deadline = Deadline(0)
    said = write(Late(None, LESS), CHEAPER, deadline=deadline)
    assert given == [deadline.at]
    assert said.text == ""
    assert said.degraded == (
        "quotes only: the deadline of 0 s passed before the model's first word.",
    )


# The examples of the prompt, as a model repeats them: what the excerpts say, and the answers.
EXAMPLES = [
    line
    for prompt in (SYSTEM, REWORD)
    for line in re.findall(r"(?:\[\d\]|Answer:|Text:|words:) (.+)", prompt)
]
ELSEWHERE = evidence(
    "The library lends a book for 21 days.", "A card costs 5 euros a year.", section=("Loans",)
)
NEARBY = evidence(
    "The north ferry carries 40 cars and leaves every hour.",
    "A permit is valid for 7 days from its issue.",
    "Boats under 12 m need no pilot.",
    section=("Harbour",),
)


def test_the_prompt_has_examples_to_repeat() -> None:
    assert len(EXAMPLES) == 10
    assert "A permit lasts 14 days." in EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES)
@pytest.mark.parametrize("items", [ELSEWHERE, NEARBY], ids=["elsewhere", "nearby"])
@pytest.mark.parametrize(
    "question", ["How long is it good for?", "Tell me about it.", "Is a card or permit needed?"]
)
def test_an_example_of_the_prompt_is_never_an_answer(
    example: str, items: Sequence[Evidence], question: str
) -> None:
    said = write(FakeGenerator(example), question, items)
    words = example.removeprefix("Yes, ").removeprefix("No, ").removeprefix("No. ")
    assert words.strip(".")[1:] not in said.text
    allowed = {item.text for item in items}
    quoted = re.sub(r" \[\d\]\Z", "", said.text)
    assert quoted in allowed | {
        f"{verdict}. {text}" for verdict in ("Yes", "No") for text in allowed
    }


def test_brackets_of_the_guide_are_no_marks() -> None:
    item = "The first value is a[0] and the limit is 40 files, see note [12]."
    said = write(FakeGenerator("The limit is 40 files, see note [12]."), "Why so?", evidence(item))
    assert said.text == "The limit is 40 files, see note [12]. [1]"
    assert [citation.mark for citation in said.citations] == [1]


def test_of_the_quotes_the_model_picks_the_one_that_speaks_for_itself() -> None:
    class Picker(FakeGenerator):
        def logprobs_of(self, texts: Sequence[str]) -> list[float]:
            return [-0.1 if text == "2" else -3.0 for text in texts]

    said = write(Picker("Whales sing in winter."))
    assert said.text == "On-Demand Instances are billed by the second. [2]"
    assert [each.mark for each in said.citations] == [2]


def test_a_sentence_that_repeats_the_question_is_no_answer() -> None:
    said = write(
        FakeGenerator("Spot Instances cost less than others."),
        "What is it that Spot Instances cost less than: others?",
    )
    assert said.text == f"{COSTS} [1]"


def test_a_pick_in_doubt_is_a_refusal_unless_the_guide_is_likely_to_answer() -> None:
    class Doubter(FakeGenerator):
        def logprobs_of(self, texts: Sequence[str]) -> list[float]:
            return [-1.4 for _ in texts]

    said = write(Doubter("Whales sing in winter."), chance=0.5)
    assert said.refused
    assert said.text == ""
    said = write(Doubter("Whales sing in winter."), chance=0.9)
    assert not said.refused
    assert said.text == f"{COSTS} [1]"


class PassingOver(FakeGenerator):
    """A generator that speaks of one excerpt and picks another; alone, that one it speaks of."""

    def __init__(self, picks: Sequence[float], first: str, alone: str) -> None:
        super().__init__()
        self.picks = picks
        self.replies = {True: alone, False: first}

    def build_prompt(
        self, system: str, user: Sequence[tuple[bool, str]], *, beginning: str = ""
    ) -> tuple[int, ...]:
        self.reply = self.replies[(True, "[2] ") not in user]
        return super().build_prompt(system, user, beginning=beginning)

    def logprobs_of(self, texts: Sequence[str]) -> list[float]:
        return list(self.picks[: len(texts)])


@pytest.mark.parametrize(
    ("picks", "text"),
    [
        ((-0.3, -2.0), "Spot Instances cost less than others. [1]"),
        ((-0.7, -0.9), "On-Demand Instances are billed by the second. [2]"),
        ((-2.0, -0.3), "On-Demand Instances are billed by the second. [2]"),
    ],
)
def test_the_best_excerpt_speaks_if_the_model_passed_it_over(
    picks: Sequence[float], text: str
) -> None:
    generator = PassingOver(
        picks,
        "On-Demand Instances are billed by the second.",
        "Spot Instances cost less than others.",
    )
    assert write(generator, "What do I pay for machines?").text == text


def test_a_refusal_of_the_model_keeps_the_quotes() -> None:
    quotes = tuple(map(citation_of, EVIDENCE[:1]))
    found = Found(
        hits=(), quotes=quotes, refused=False, chance=0.5, looked_for=("billed",), absent=()
    )
    answer = answer_of(
        "What is billed?", found, Written(refused=True), index="default@1", timings_s={}, notes=()
    )
    assert (answer.refused, answer.refusal) == (True, "The guide does not say.")
    assert answer.quotes == quotes


def test_no_to_a_question_for_a_fact_is_no_answer() -> None:
    generator = ScriptedGenerator(None, "Whales sing.", "No, instances are billed by the second.")
    said = write(generator, "Who pays for On-Demand Instances?")
    assert said.text == f"{COSTS} [1]"


PUMP = evidence(
    "To stop the pump, turn the red valve.",
    "It then drains for five minutes.",
    "Never lift the lid before that.",
    "The pump is oiled each May.",
    section=("The pump",),
)
PASSAGE = "The pump\n" + " ".join(item.text for item in PUMP)


def write_of_pump(question: str, *replies: str) -> tuple[str, int]:
    """Return the answer from a passage, and how many replies of the generator are left."""
    generator = ScriptedGenerator(None, *replies)
    said = write(generator, question, PUMP, passages=[PASSAGE])
    return said.text, len(generator.replies)


def test_an_answer_from_whole_passages_has_several_sentences_each_with_its_mark() -> None:
    reply = "Turn the red valve to stop the pump. It drains for five minutes. Sing a song."
    assert write_of_pump("how do i stop the pump", reply, "unused") == (
        "Turn the red valve to stop the pump. [1] It drains for five minutes. [2]",
        1,
    )


def test_a_sentence_that_refers_to_one_without_support_goes_too() -> None:
    reply = "Call a plumber at noon. It drains for five minutes. The pump is oiled each May."
    assert write_of_pump("how is the pump cared for", reply)[0] == "The pump is oiled each May. [4]"


def test_single_statements_answer_if_the_passages_do_not() -> None:
    text, n_left = write_of_pump(
        "how do i stop the pump", "Call a plumber at noon.", "turn the red valve to stop the pump."
    )
    assert text == "Turn the red valve to stop the pump. [1]"
    assert n_left == 0


def test_steps_from_a_passage_are_lines_and_a_lead_without_items_is_left_out() -> None:
    steps = "Stop the pump so:\n1. Turn the red valve.\n2. Never lift the lid before that."
    assert write_of_pump("how do i stop the pump", steps)[0] == (
        "1. Turn the red valve. [1]\n2. Never lift the lid before that. [3]"
    )
    lead = "Turn the red valve. The pump is oiled each May:\n```\nsudo sing\n```"
    assert write_of_pump("how do i stop the pump", lead)[0] == "Turn the red valve. [1]"


def test_what_a_model_says_again_is_left_out() -> None:
    reply = "Turn the red valve to stop the pump. Turn the red valve. It drains for five minutes."
    assert write_of_pump("how do i stop the pump", reply)[0] == (
        "Turn the red valve to stop the pump. [1] It drains for five minutes. [2]"
    )


def test_what_follows_a_side_is_no_part_of_its_name() -> None:
    boats = evidence("The sloop has one mast.", "The ketch has two masts.", section=("Boats",))
    reply = "The sloop has one mast, while the ketch has two masts."
    generator = ScriptedGenerator(None, reply)
    said = write(generator, "sloop vs ketch when I sail alone", boats, passages=["Boats"])
    assert said.text == f"{reply} [1][2]"


def test_a_comparison_from_passages_tells_of_both_sides() -> None:
    boats = evidence("The sloop has one mast.", "The ketch has two masts.", section=("Boats",))
    generator = ScriptedGenerator(
        None, "The sloop has one mast.", "the sloop has one mast.", "the sloop has one mast.",
        "the ketch has two masts.",
    )  # fmt: skip
    said = write(generator, "sloop vs ketch", boats, passages=["Boats\nThe sloop has one mast."])
    assert "ketch has two masts" in said.text


def test_statements_that_the_model_did_not_read_are_no_part_of_the_conversation() -> None:
    read = Excerpts()
    generator = ScriptedGenerator(None, "Turn the red valve to stop the pump.")
    said = write(generator, "how do i stop the pump", PUMP, passages=[PASSAGE], read=read)
    message = passages_message("how do i stop the pump", [PASSAGE])
    assert said.tokens["prompt"] == len(generator.build_prompt(FROM_PASSAGES, message))
    order, _ = read.add(EVIDENCE, generator.count_tokens, most_tokens=1000)
    assert order == EVIDENCE


@pytest.mark.parametrize(("most_items", "n"), [(0, 2), (1, 2), (8, 4)])
def test_items_count_as_sentences_unless_there_may_be_some_besides(most_items: int, n: int) -> None:
    text = "Stop the pump so.\n1. Turn the valve.\n2. Wait.\nOil it."
    assert (
        first_sentences(text, 2, most_items=most_items)
        == ["Stop the pump so.", "1. Turn the valve.", "2. Wait.", "Oil it."][:n]
    )


def rated(odds: float) -> ScoreStatements:
    return lambda _, statements: np.full(len(statements), odds, np.float32)


@pytest.mark.parametrize(
    ("chance", "odds", "question", "refused"),
    [
        (0.5, -2.0, "Why use Spot Instances?", True),
        (0.5, 0.0, "Why use Spot Instances?", False),
        (0.9, -2.0, "Why use Spot Instances?", False),
        (0.5, -2.0, "Compare Spot Instances with On-Demand Instances", False),
    ],
)
def test_an_answer_beside_an_open_question_is_a_refusal_unless_the_guide_is_likely_to_answer(
    chance: float, odds: float, question: str, refused: bool
) -> None:
    said = write(FakeGenerator(LESS), question, passages=[COSTS], chance=chance, score=rated(odds))
    assert said.refused is refused
    assert bool(said.text) is not refused


def test_what_an_asker_sees_is_not_picked_as_the_answer() -> None:
    items = evidence("You may see errors such as: the bell is stuck", "Rust stops the bell.")
    said = write(FakeGenerator(LLAMAS), "Why is the bell stuck?", items)
    assert said.text == "Rust stops the bell. [2]"


def test_a_quote_beside_a_yes_no_question_is_a_refusal_too() -> None:
    said = write(
        ScriptedGenerator((0.1, 0.0), LLAMAS, LLAMAS), CHEAPER, chance=0.5, score=rated(-2.0)
    )
    assert said.refused


def test_single_statements_answer_if_what_the_passages_gave_is_beside_the_question() -> None:
    generator = ScriptedGenerator(None, LESS, " On-Demand Instances are billed by the second.")
    said = write(
        generator,
        passages=[COSTS],
        chance=0.5,
        score=lambda _, texts: np.array([-2.0 if "Spot" in text else 1.0 for text in texts]),
    )
    assert said.text == "On-Demand Instances are billed by the second. [2]"
