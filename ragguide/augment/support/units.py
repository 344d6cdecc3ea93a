"""Units of measure: what they measure, and how much of its base each is."""

from fractions import Fraction

import msgspec


class Unit(msgspec.Struct, frozen=True):
    """A unit, by its dimension; quantities of one dimension can be compared."""

    name: str  # as a reason shows it: "minutes"
    dimension: str
    factors: tuple[Fraction, ...]  # of the dimension's base; two where usage differs: 1 MB


_TABLE = """
time 1/1000000000 nanoseconds nanosecond ns
time 1/1000000 microseconds microsecond us µs
time 1/1000 milliseconds millisecond ms msec
time 1 seconds second sec secs s
time 60 minutes minute min mins
time 3600 hours hour h hr hrs
time 86400 days day
time 604800 weeks week wk
months 1 months month
months 12 years year yr yrs annum
months 120 decades decade
months 1200 centuries century
length 1/1000000 micrometres micrometre micrometer micrometers µm
length 1/1000 millimetres millimetre millimeter millimeters mm
length 1/100 centimetres centimetre centimeter centimeters cm
length 1 metres metre meter meters m
length 1000 kilometres kilometre kilometer kilometers km
length 127/5000 inches inch
length 381/1250 feet foot ft
length 1143/1250 yards yard yd
length 201168/125 miles mile
length 1852 nautical_miles nautical_mile nm
mass 1/1000000000 micrograms microgram µg mcg
mass 1/1000000 milligrams milligram mg
mass 1/1000 grams gram g gramme grammes
mass 1 kilograms kilogram kg kilo kilos kilogramme kilogrammes
mass 1000 tonnes tonne
mass 45359237/100000000 pounds_weight lb lbs
mass 28349523125/1000000000000 ounces ounce oz
volume 1/1000 millilitres millilitre milliliter milliliters ml
volume 1/100 centilitres centilitre cl
volume 1/10 decilitres decilitre dl
volume 1 litres litre liter liters l
volume 100 hectolitres hectolitre hl
volume 3785411784/1000000000 gallons gallon
volume 473176473/1000000000 pints pint
cup 1 cups cup
cup 1/16 tablespoons tablespoon tbsp
cup 1/48 teaspoons teaspoon tsp
power 1/1000 milliwatts milliwatt mW
power 1 watts watt W
power 1000 kilowatts kilowatt kW
power 1000000 megawatts megawatt MW
energy 1 watt_hours Wh
energy 1000 kilowatt_hours kilowatt-hours kWh
calories 1 calories calorie cal
calories 1000 kilocalories kilocalorie kcal
voltage 1/1000 millivolts millivolt mV
voltage 1 volts volt V
voltage 1000 kilovolts kilovolt kV
current 1/1000 milliamperes milliampere milliamps mA
current 1 amperes ampere amps amp A
frequency 1 hertz Hz
frequency 1000 kilohertz kHz
frequency 1000000 megahertz MHz
frequency 1000000000 gigahertz GHz
pressure 1 bar bars
pressure 1/1000 millibar mbar hPa
pressure 1/100000 pascal Pa
celsius 1 degrees_Celsius °C celsius
fahrenheit 1 degrees_Fahrenheit °F fahrenheit
kelvin 1 kelvin K
degree 1 degrees degree °
ratio 1/100 percent percentage % pct
ratio 1/1000 per_mille ‰
money 1/100 cents cent ct
money:usd 1 dollars dollar USD $ US$ bucks
money:eur 1 euros euro EUR €
money:gbp 1 pounds pound GBP £ quid
money:jpy 1 yen JPY ¥
money:chf 1 francs franc CHF
money:crown 1 crowns crown kronor kroner krona krone SEK NOK DKK
pixels 1 pixels pixel px
pixels 1000000 megapixels megapixel MP
knots 1 knots knot kn
""".strip()
_PREFIXES = {"kilo": 1, "mega": 2, "giga": 3, "tera": 4, "peta": 5, "exa": 6}
# Written directly after a number only: "5 m" is a length, "m" alone is no unit.
SHORT = frozenset("s h m g l W V A K t b".split())


def _bytes() -> dict[str, Unit]:
    units = {"byte": Unit("bytes", "data", (Fraction(1),))}
    units["bytes"] = units["byte"]
    for prefix, power in _PREFIXES.items():
        decimal, binary = Fraction(1000) ** power, Fraction(1024) ** power
        letter = prefix[0].upper()
        loose = Unit(f"{prefix}bytes", "data", (decimal, binary))
        for name in (f"{prefix}byte", f"{prefix}bytes", f"{letter}B", f"{letter}b".swapcase()):
            units[name] = loose
        exact = Unit(f"{letter}iB", "data", (binary, decimal))
        for name in (f"{letter}iB", f"{prefix[:2]}bibyte", f"{prefix[:2]}bibytes"):
            units[name] = exact
        bits = Unit(f"{prefix}bits", "bits", (decimal, binary))
        for name in (
            f"{prefix}bit",
            f"{prefix}bits",
            f"{letter}bit",
            f"{letter}bps",
            f"{letter}bit/s",
        ):
            units[name] = bits
    units["kB"] = units["KB"]
    units["kb"] = units["KB"]
    units["bits"] = units["bit"] = Unit("bits", "bits", (Fraction(1),))
    return units


def _read() -> dict[str, Unit]:
    units = _bytes()
    for line in _TABLE.splitlines():
        dimension, factor, *names = line.split()
        unit = Unit(names[0].replace("_", " "), dimension, (Fraction(factor),))
        for name in names:
            units[name.replace("_", " ")] = unit
    return units


_UNITS = _read()
_FOLDED = {name.casefold(): unit for name, unit in _UNITS.items() if len(name) > 2}
PERCENT = _UNITS["%"]


def unit_named(word: str, *, after_number: bool) -> Unit | None:
    """Find a unit by its name or sign; a sign of one letter only after a number."""
    if not after_number and (word in SHORT or len(word) < 2):
        return None
    return _UNITS.get(word) or _FOLDED.get(word.casefold())
