"""Each rule: what it refuses, why, and what it lets pass."""

import pytest

from ragguide.augment.claims import check_claim


@pytest.mark.parametrize(
    ("evidence", "claim", "reason"),
    [
        # figures
        (
            "A visa takes 20 minutes.",
            "A visa takes 20 hours.",
            "says minutes, the claim says hours",
        ),
        ("The valve opens at 9 bar.", "The valve opens at 8 bar.", "says 9 bar, the claim says 8"),
        (
            "The tap drips twice a minute.",
            "The tap drips twice an hour.",
            "the claim by hours",
        ),
        ("A stay of at most 14 nights.", "A stay of at least 14 nights.", "says at most 14"),
        ("It is sent within minutes.", "It is sent within hours.", "says minutes"),
        ("Use 3 masters and 5 workers.", "Use 5 masters and 3 workers.", "3 masters"),
        ("It opened on 4 May 1999.", "It opened on 14 May 1999.", "says 4 May 1999"),
        ("The third button resets it.", "The second button resets it.", "says third"),
        # names
        (
            "Save it in Redis tables.",
            "Save it in Kafka tables.",
            "the claim names Kafka",
        ),
        ("The Alba sends mail to the Bora.", "The Bora sends mail to the Bora.", "names Alba"),
        ("The Query desk sells old maps.", "The Route desk sells old maps.", "names"),
        ("Use the Query desk for old maps.", "Use the Route desk for old maps.", "Route"),
        (
            "Strike the flint with carbon steel (stainless steel will not make a good spark).",
            "Carbon steel will not make a good spark.",
            'says "stainless steel", the claim says "Carbon steel"',
        ),
        # negation and contraries
        ("Dogs may not enter.", "Dogs may enter.", "the evidence denies what the claim says"),
        ("Dogs may enter.", "Dogs may not enter.", "the claim denies what the evidence says"),
        ("The plug fits.", "The plug never fits.", "the claim denies"),
        ("It has a port.", "It lacks a port.", "the claim denies"),
        (
            "Members store skis in the shed without needing to rent a locker.",
            "Members cannot store skis in the shed without renting a locker.",
            "the claim denies",
        ),
        ("There is no need to oil the chain.", "The chain must be oiled.", 'claim says "must"'),
        ("Wax prevents rust.", "Wax causes rust.", 'says "prevents", the claim says "causes"'),
        ("The form is valid.", "The form is invalid.", 'says "valid"'),
        ("It reads CSV but not TSV.", "It reads TSV.", "the evidence denies"),
        ("It accepts JSON, but rejects YAML.", "It accepts YAML.", 'says "rejects"'),
        # conversions
        ("The press turns seeds into oil.", "Oil is turned into seeds by the press.", "other"),
        (
            "The booth turns recorded talks into printed notes.",
            "The booth turns printed notes into recorded sound.",
            "other side",
        ),
        (
            "A fee is due for each page that the booth converts.",
            "The booth converts each page into sound.",
            'nothing of "sound"',
        ),
        # who does what to whom
        ("A Skarv in any race beats every Terna.", "A Terna beats a Skarv in any race.", "other"),
        ('A "Deny" in any form beats an "Allow".', '"Allow" beats "Deny" in any form.', "other"),
        # modality
        ("Guests must sign.", "Guests may sign.", 'says "must", the claim says "may"'),
        ("Guests may sign the book.", "Guests must sign the book.", 'says "may"'),
        ("Guests need not sign.", "Guests must sign.", 'says "need not"'),
        ("A helmet should be worn.", "A helmet must be worn.", 'says "should"'),
        # quantifiers
        ("Most cabins have a stove.", "All cabins have a stove.", 'says "most"'),
        ("All cabins have a stove.", "Some cabins have a stove.", 'says "all"'),
        ("Not all cabins have a stove.", "All cabins have a stove.", "denies"),
        ("Nearly all rooms are full.", "All rooms are full.", 'says "most"'),
        ("Members and guests may play.", "Only members may play.", 'the claim says "only"'),
        ("Only members may play.", "Members may play.", 'the evidence says "only"'),
        (
            "Two crews may book one boat for a season.",
            "Two crews may book one boat at the same time for a season.",
            "at the same time",
        ),
        # comparisons
        (
            "Wax paper: keeps bread fresh.",
            "Wax paper is better for bread than foil, and keeps it fresh.",
            "compares two things",
        ),
        ("The Skarv is faster than the Terna.", "The Terna is faster than the Skarv.", "other way"),
        ("The pool is deeper than the canal.", "The pool is shallower than the canal.", "deeper"),
        ("The hill is less steep than the dune.", "The hill is steeper than the dune.", "less"),
        # order
        ("Shut the door after the fan stops.", "Shut the door before the fan stops.", '"after"'),
        ("Wash it before you dry it.", "Dry it before you wash it.", "order"),
        # roles
        ("The porter pays the driver.", "The driver pays the porter.", "other way round"),
        ("The porter pays the driver.", "The porter is paid by the driver.", "other way round"),
        ("Milk goes into the tea.", "Tea goes into the milk.", "in another place"),
        ("It runs from left to right.", "It runs from right to left.", "in another place"),
        ("A slot has a type.", "A type has a slot.", "other way round"),
        # conditions
        (
            "The deposit is refunded if the order fails.",
            "The deposit is refunded.",
            'drops the condition "if',
        ),
        ("It is open every day except Sunday.", "It is open every day.", "drops the exception"),
        ("If it rains, the road floods.", "If the road floods, it rains.", "other way round"),
        ("It is void unless both sign.", "It is void if both sign.", "denies"),
        # siblings
        (
            "The green kite landed first and the white one second.",
            "The green kite landed second.",
            "second",
        ),
        ("Arms cost 5 euros and legs cost 9.", "Arms cost 9 euros.", "9"),
        ("The task launch role pulls; the task role runs.", "The task role pulls.", "launch"),
        ("The red cable is long.", "The blue cable is long.", 'says "red", the claim says "blue"'),
        # what something is compared with
        ("Unlike the crate, the box floats.", "The crate floats.", "only compares"),
        ("The box is bigger than the crate and red.", "The crate is red.", "only compares"),
        (
            "Compared to day fares, night fares cost 20 percent less.",
            "Day fares cost 20 percent less.",
            "only compares",
        ),
        # the same
        ("-q: show short output.", "-q is equivalent in output.", "the same"),
        # words
        ("The plugin draws charts.", "The cook bakes bread.", "too few of the claim's words"),
    ],
)
def test_a_false_claim_is_refused_with_its_reason(evidence: str, claim: str, reason: str) -> None:
    support = check_claim(claim, [evidence])
    assert not support.supported
    assert reason.casefold() in support.reason.casefold()


@pytest.mark.parametrize(
    ("evidence", "claim"),
    [
        (
            "Strike the flint with carbon steel (stainless steel will not make a good spark).",
            "Use carbon steel, since stainless steel will not make a good spark.",
        ),
        ("The two keys do the same.", "The two keys are the same."),
        ("Unlike the crate, the box floats.", "The box floats."),
        ("The quay is bigger than the pier, which has 9 berths.", "The pier has 9 berths."),
        ("It offers more than 300 charts of the coast.", "300 charts of the coast are offered."),
        ("The box floats better than the crate.", "The crate floats worse than the box."),
        ("Instead of a licence you pay for each call.", "You pay for each call."),
        ("The porter pays the driver.", "The driver is paid by the porter."),
        ("The pool is deeper than the canal.", "The canal is shallower than the pool."),
        ("The hill is not as high as the tower.", "The tower is higher than the hill."),
        ("The linter runs before the tests.", "The tests run after the linter."),
        ("The road is dry.", "The road isn't wet."),
        ("The press turns seeds into oil.", "The press converts seeds to oil."),
        ("The app maps trips without requiring an account.", "It maps trips without an account."),
        ("The rack removes the need to oil the chain.", "The chain need not be oiled."),
        ("Camping requires a badge.", "Without a badge, camping is forbidden."),
        ("It is void unless both sign.", "It is void if both do not sign."),
        ("Guests must not smoke.", "Guests cannot smoke."),
        ("Each room has a bath.", "All rooms have a bath."),
        ("Nobody but members may enter.", "Only members may enter."),
        ("The tool prints nothing and stops with code 3.", "The tool stops with code 3."),
        ("The stall sells cheese.", "You buy cheese at the stall."),
        ("CPU means central processing unit (CPU).", "CPU means CPU."),
        ("Load, check and save the file.", "Save the file."),
        ("No fare is charged for dogs.", "Dogs travel for free."),
        ("The museum, founded in 1902, has 14 rooms.", "The museum has 14 rooms."),
        (
            "Rules:\n1. Nobody may reuse a badge; and\n1. Badge changed whenever it is lost.",
            "Nobody may reuse a badge.",
        ),
    ],
)
def test_a_true_claim_in_other_words_is_supported(evidence: str, claim: str) -> None:
    assert check_claim(claim, [evidence]).supported


def test_a_part_of_one_piece_and_a_part_of_another_make_no_claim() -> None:
    evidence = ["The chapel has frescoes.", "The mill sells flour."]
    assert not check_claim("The chapel sells flour.", evidence).supported
    both = check_claim("The chapel has frescoes, and the mill sells flour.", evidence)
    assert (both.supported, both.evidence) == (True, (0, 1))


@pytest.mark.parametrize(
    "text",
    [
        "Load the data, split the data into folds, and test on the last fold of the data.",
        "A has B, B has C, and C has A.",
        "It helps before, during, and after training.",
        "Precision says how many flags were right; recall says how many faults were found.",
        "It reads from left to right and, if asked, from right to left.",
        "Small chunks lose context; large chunks keep context, but small ones match better.",
        "Some costs have no tags, and not all tags have costs.",
    ],
)
def test_words_that_a_sentence_repeats_are_not_taken_for_each_other(text: str) -> None:
    assert check_claim(text, [text]).supported


def test_a_number_may_stand_in_a_title() -> None:
    evidence = ["The stages of a voyage follow each other."]
    assert check_claim("A voyage has three stages.", evidence, [["All three of them"]]).supported
    assert not check_claim("A voyage has four stages.", evidence, [["All three of them"]]).supported


def test_a_title_that_names_two_things_does_not_say_which_one_is_meant() -> None:
    evidence = ["The ketch has two masts and needs a crew of four.", "The sloop is a fast boat."]
    claim = "The sloop has two masts and needs a crew of four."
    assert not check_claim(claim, evidence, [["Ketch vs sloop"], ["Boats"]]).supported
    assert check_claim(claim, ["Two masts, needs a crew of four."], [["Sloop"]]).supported


def test_what_is_said_of_one_labelled_item_is_not_said_of_another() -> None:
    evidence = ["Loans: A short note is adequate.", "Banking: A full report is required."]
    refused = check_claim("A short note is adequate for a bank.", evidence)
    assert not refused.supported
    assert refused.reason == 'the evidence speaks of "Loans", the claim of "Banking"'
    assert check_claim("A full report is required for a bank.", evidence).evidence == (1,)
    assert check_claim("For loans, a short note is adequate.", evidence).evidence == (0,)


def test_a_claim_about_one_kind_needs_the_item_of_that_kind() -> None:
    evidence = [
        "Water drift: the depth of the water at the pier changes.",
        "Wind drift: the course over ground changes.",
    ]
    refused = check_claim("Wind drift is a change in the depth of the water.", evidence)
    assert refused.reason == 'the evidence speaks of "Water drift", the claim of "Wind drift"'
    assert check_claim("Water drift is a change in the depth of the water.", evidence).supported


def test_an_abbreviation_is_known_from_any_piece_of_the_evidence() -> None:
    evidence = ["OCR reads scans.", "Optical character recognition (OCR) needs a language."]
    assert check_claim("Optical character recognition reads scans.", evidence).evidence == (0,)
    assert not check_claim("Optical character recognition reads scans.", evidence[:1]).supported


def test_what_a_section_says_of_its_thing_is_not_said_of_another() -> None:
    evidence = ["It suits goods without an order.", "The loose crates come in many sizes."]
    sections = [["Freight", "Sealed Freight"], ["Freight", "Loose Freight"]]
    said = "Loose freight suits goods without an order."
    support = check_claim(said, evidence, sections)
    assert not support.supported
    assert "the section is about" in support.reason
    assert check_claim(said.replace("Loose", "Sealed"), evidence, sections).supported


def test_a_section_says_what_its_text_is_about() -> None:
    text, section = ["Default: 300 seconds."], [("Settings", "4.2 Idle timeout")]
    assert check_claim("The idle timeout is 300 seconds by default.", text, section).supported
    assert not check_claim("The idle timeout is 30 seconds by default.", text, section).supported
