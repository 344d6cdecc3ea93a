import pytest

from ragguide.augment.limits import within_limit

SERVICE = "You must have at least one year of service."


@pytest.mark.parametrize(
    ("question", "statement", "fits"),
    [
        ("I've been here for 14 months. Is that long enough?", SERVICE, True),
        ("Are 10 months of service sufficient?", SERVICE, False),
        ("Is a run of 60 minutes enough?", "A run must last more than one hour.", False),
        ("Is my 3 year old allowed in?", "Children must be at least 4 years old.", False),
        ("Can I keep the dough for 3 days?", "The dough keeps for up to 48 hours.", False),
        ("May I stay for 10 days?", "Guests may stay for up to 14 days.", True),
        # unclear
        ("Is 3 hours too long?", "It takes at most 2 hours.", None),
        ("Are 5 minutes enough?", "It takes at most 10 minutes.", None),
        ("May I stay for 20 days?", "Guests may not stay for more than 14 days.", None),
        ("Are 2 kg enough?", "It must dry for at least 3 hours.", None),
        ("Are 2 kg of flour and 1 kg of salt enough?", "Take at least 3 kg.", None),
        ("Is the service good enough?", SERVICE, None),
        ("Does it take 3 hours?", "It takes at least 2 hours.", None),
    ],
)
def test_an_amount_is_compared_with_a_limit(
    question: str, statement: str, fits: bool | None
) -> None:
    assert within_limit(question, statement) is fits
