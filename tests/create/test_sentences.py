"""Sentences are not split after abbreviations and within names."""

import pytest

from ragguide.create.sentences import split_sentences


@pytest.mark.parametrize(
    "sentences",
    [
        ["It takes approx. 5 minutes.", "Then go on."],
        ["Use a tool, e.g. .NET or Java, for this.", "That is all."],
        ["It runs on .NET 8.", "It needs ASP.NET Core."],
        ["The max. size is 5 MB.", "The min. value is 3."],
        ["See Fig. 3, Sec. 4.2 and Ch. 3.", "Next."],
        ["It costs ca. 3 EUR incl. VAT.", "Approx. 5 persons fit."],
        ["The range is 5 resp. 6 km.", "Ask for no. 5."],
        ["Table 2.2. Classes of berths"],
        ["Figure A-1: The quay at night."],
        ["1. Open the lid.", "2. Close it."],
        ["Add 1 tsp. salt.", "Mix for 3 min. at most."],
        ["The answer is no.", "Then wait 5 min.", "Go."],
        ["Tools such as ropes, hooks, etc. are useful."],
        ["Call ragguide.Guide first.", "See example.com for more."],
        ["It ends here.", "Next."],
        ["Ask the warden.", "Mr. Will and Mrs. May lock the gate.", "Go."],
        ["It is open Mon. to Fri. from 8 to 12.", "See vol. IV for more."],
        ["It answers within 5 ms.", "Then it lies in the sun.", "12 boats pass.", "We sat.", "Go."],
        ["• The kiln needs air.", "It is lit at six.", "Never leave it alone."],
        ["(b) Rake the coals.", "Close the flue (max. 3 cm)."],
        ["The vat is full.", "• Stir it.", "Then wait.", "(2) Drain it.", "Rinse it."],
        ["Then (b) stir it, or • rake it.", "Wait."],
    ],
)
def test_sentences_are_split_where_they_end(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [text[start:end] for start, end in split_sentences(text, 0, len(text))] == sentences
