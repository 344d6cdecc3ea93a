#!/usr/bin/env bash
# py-fsrs counts whole days: for 24 hours after each review, even a forgotten card is recalled with certainty
#
# Versions: fsrs 6.3.2 (FSRS-6)
# Date: 2026-11-30
# One would guess: get_card_retrievability(card, time) falls from the moment of the review. Its docstring promises the
#   probability "at the provided datetime", and stability is the time in days until it is 90 %.
# What happens: the elapsed time is `(time - last_review).days`, rounded down. A card that was just forgotten, with a
#   stability of 5 hours, has a retrievability of 1.0 for a day, then of .77. 47 hours count as 24. A card that was
#   never reviewed has 0.
# Output seen:
#   stability .212 days: 0 h 1.000, 5 h 1.000, 23 h 1.000, 24 h 0.766, 47 h 0.766, 48 h 0.698
#   by the same formula, with hours: 5 h 0.901, 23 h 0.770, 47 h 0.701
# For a user: to order cards that were reviewed today, compute the formula yourself, from the stability and the hours.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet fsrs==6.3.2
"$dir/venv/bin/python" -I - <<'PY'
import sys
from datetime import UTC, datetime, timedelta

from fsrs import Card, Rating, Scheduler

scheduler = Scheduler(enable_fuzzing=False)
reviewed = datetime(2026, 1, 1, 9, tzinfo=UTC)
card, _ = scheduler.review_card(Card(), Rating.Again, reviewed)


def retrievability(hours):
    return scheduler.get_card_retrievability(card, reviewed + timedelta(hours=hours))


def with_hours(hours):
    decay = -scheduler.parameters[20]
    factor = 0.9 ** (1 / decay) - 1
    return (1 + factor * hours / 24 / card.stability) ** decay


hours = (0, 5, 23, 24, 47, 48)
print(
    f"stability {card.stability:.3f} days: ".replace("0.", ".", 1)
    + ", ".join(f"{hour} h {retrievability(hour):.3f}" for hour in hours)
)
print(
    "by the same formula, with hours: "
    + ", ".join(f"{hour} h {with_hours(hour):.3f}" for hour in (5, 23, 47))
)
if retrievability(24) != with_hours(24):
    sys.exit("the formula has changed")
if not (retrievability(23) == 1.0 and retrievability(47) == retrievability(24)):
    sys.exit("retrievability no longer counts whole days")
PY
