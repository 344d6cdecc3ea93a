"""A number with its unit, and whether two of them say the same: 90 s and 1½ min do."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Literal

import msgspec

from ragguide.augment.support.units import PERCENT, Unit

Bound = Literal["", "at most", "at least", "more than", "less than", "about"]


class Quantity(msgspec.Struct, frozen=True):
    """A number with its unit, in the base of its dimension."""

    text: str
    values: tuple[Fraction, ...]  # two where usage differs: a MB is 1000 or 1024 kB
    unit: Unit | None
    per: Unit | None = None  # "a minute" in "90 litres a minute"
    is_spelt: bool = False
    is_vague: bool = False  # "thousands of"
    n_dimensions: int = 1  # 2 for square metres, 3 for cubic ones

    def equals(self, other: "Quantity") -> bool:
        """Whether both say the same number of the same thing; a missing unit may be any."""
        if self.is_vague != other.is_vague:
            return False
        if self.unit and other.unit and self.n_dimensions != other.n_dimensions:
            return False
        if self.per and other.per and self.per.dimension != other.per.dimension:
            return False
        mine, others = self._scaled(other), other._scaled(self)
        if mine is None or others is None:
            return False
        return not mine.isdisjoint(others)

    def same_kind(self, other: "Quantity") -> bool:
        """Whether the two could stand for each other: both times, say, or one without a unit."""
        if self.unit is None or other.unit is None:
            return True
        return self.unit.dimension == other.unit.dimension

    def _scaled(self, other: "Quantity") -> set[Fraction] | None:
        """Values to compare with another's; None: of another dimension."""
        found = self._in_base(other)
        if found is not None and self.per and other.per:
            return {value / self.per.factors[0] for value in found}
        return found

    def _in_base(self, other: "Quantity") -> set[Fraction] | None:
        """Values in the base of the dimension that both have."""
        if self.unit is None and other.unit is None:
            return set(self.values)
        if self.unit is None:
            return self._with_unit_of(other)
        if other.unit is None or _are_comparable(self.unit, other.unit):
            return _times(self.values, self.unit, self.n_dimensions)
        return None

    def _with_unit_of(self, other: "Quantity") -> set[Fraction]:
        assert other.unit is not None
        found = _times(self.values, other.unit, other.n_dimensions)
        # "A quarter" is 25 percent, and so is 25 in a column of percentages.
        return found | set(self.values) if other.unit is PERCENT else found


def with_unit(quantity: Quantity, other: Quantity) -> Quantity:
    """Give the first of "5 to 40 seconds" the unit of the second."""
    return msgspec.structs.replace(quantity, unit=other.unit, per=quantity.per or other.per)


def _times(values: Sequence[Fraction], unit: Unit, power: int) -> set[Fraction]:
    return {value * factor**power for value in values for factor in unit.factors}


def _are_comparable(one: Unit, other: Unit) -> bool:
    """Whether two units measure the same; money of no named currency may be of any."""
    if one.dimension == other.dimension:
        return True
    both = (one.dimension, other.dimension)
    return "money" in both and all(each.partition(":")[0] == "money" for each in both)
