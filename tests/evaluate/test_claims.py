"""Pairs of evidence and claim: read, judged, and counted by kind."""

import pytest

from ragguide.errors import InputError
from ragguide.evaluate.claims import Errors, Pair, count_errors, judge, read_pairs
from ragguide.index.keywords import terms_of

SEAT = "The hall has 65 seats."


def test_a_pair_is_read_with_all_its_keys() -> None:
    line = (
        b'{"id": "p1", "evidence": ["65 seats."], "sections": ["Halls > East hall"], '
        b'"claim": "The east hall has 65 seats.", "supported": true, "kind": "part", "note": "-"}'
    )
    (pair,) = read_pairs("pairs.jsonl", line + b"\n\n")
    assert pair == Pair(
        evidence=("65 seats.",),
        claim="The east hall has 65 seats.",
        sections=("Halls > East hall",),
        supported=True,
        id="p1",
        kind="part",
    )
    (judged,) = judge([pair], terms_of, {})
    assert judged.supported  # the section names the hall


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"nonsense", r"pairs\.jsonl, line 1: JSON is malformed"),
        (b'{"claim": "a"}', r"pairs\.jsonl, line 1: missing required field `evidence`\.$"),
        (b'\n{"evidence": "a", "claim": "a"}', r"line 2: Expected `array`, got `str`"),
        (b'{"evidence": ["a"], "claim": " "}', "line 1: the claim is empty"),
        (
            b'{"evidence": ["a", "b"], "sections": ["c"], "claim": "d"}',
            "line 1: 1 sections for 2 pieces of evidence",
        ),
        (b'{"evidence": ["\xff"], "claim": "a"}', r"pairs\.jsonl, line 1: "),
        (b"\n \n", "contains no pair"),
    ],
)
def test_a_bad_line_is_named_with_its_file_and_number(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_pairs("pairs.jsonl", data)


def test_each_claim_is_judged_against_its_own_evidence() -> None:
    pairs = [
        Pair(evidence=("The bar serves soup.", SEAT), claim="The hall has sixty-five seats."),
        Pair(evidence=(SEAT,), claim="The hall has 40 seats.", supported=False, kind="number"),
    ]
    right, wrong = judge(pairs, terms_of, {})
    assert (right.supported, right.marks, right.expected) == (True, (2,), None)
    assert (wrong.supported, wrong.marks, wrong.expected) == (False, (), False)
    assert wrong.reason == "the evidence says 65, the claim says 40"


def test_errors_are_counted_by_kind_and_in_all() -> None:
    def pair(claim: str, kind: str, *, supported: bool | None) -> Pair:
        return Pair(evidence=(SEAT,), claim=claim, kind=kind, supported=supported)

    pairs = [
        pair(SEAT, "same", supported=True),
        pair(SEAT, "same", supported=False),  # labelled wrongly on purpose
        pair("The hall has 4 seats.", "number", supported=True),
        pair("The hall has 4 seats.", "", supported=False),
        pair("The hall has 4 seats.", "open", supported=None),
    ]
    assert count_errors(list(judge(pairs, terms_of, {}))) == [
        Errors("number", n_true=1, n_refused=1, n_false=0, n_marked=0),
        Errors("same", n_true=1, n_refused=0, n_false=1, n_marked=1),
        Errors("all", n_true=2, n_refused=1, n_false=2, n_marked=1),
    ]
    assert count_errors(list(judge(pairs[-1:], terms_of, {}))) == []
