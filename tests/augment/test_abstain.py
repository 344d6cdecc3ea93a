"""The verdict on hits."""

import msgspec

from ragguide.augment.abstain import should_refuse
from tests.augment.test_evidence import hit


def test_no_hits_are_refused() -> None:
    assert should_refuse([], min_score=0.0)


def test_the_best_hit_decides() -> None:
    weak = hit(0, 1, score=0.2, rank=2)
    assert not should_refuse([hit(0, 1, score=0.5), weak], min_score=0.33)
    assert should_refuse([hit(0, 1, score=0.32), weak], min_score=0.33)


def test_a_score_at_the_threshold_is_answered() -> None:
    found = hit(0, 1, score=0.33)
    assert not should_refuse([found], min_score=0.33)
    assert should_refuse([msgspec.structs.replace(found, score=0.3299999)], min_score=0.33)
