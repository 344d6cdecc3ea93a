"""One document, as data, that `writers_print.py` prints by many programs. The content is made up.

In texts, `10^{6}` is a power and `[^1]` the mark of a footnote.
"""

TITLE = "Handbook of the Quern Mill"
MILL = (
    "The mill stands at the lower end of the weir and has ground oats, rye and barley since the "
    "spring of 1874. Its wheel turns on about two hundred days a year, whenever the gauge at the "
    "bridge shows more than sixty centimetres.",
    "Flour keeps for 40[^1] weeks if the loft is dry. The foundation counts 10^{6} visitors since "
    "the opening, and the well-known millstone of the upper floor weighs 1.4 tonnes. One grain of "
    "rye weighs about 10^{-2} grams, and a sack of 50 litres has room for 38 kilograms of it.",
    "Administration, bookkeeping and correspondence are handled by the municipality, whose "
    "representatives inspect the installation every September. Responsibility for extraordinary "
    "maintenance lies with the neighbouring sawmill[^2], whereas the day-to-day supervision is "
    "organised by volunteers.",
)
NOTES = ("Measured in the years from 2011 to 2019.", "By the contract of 12 May 1921.")
ITEMS = (
    "Close the sluice before you leave the wheel house.",
    "Write the level of the gauge into the book at seven and at noon, and add the temperature of "
    "the bearings if one of them is warmer than the hand can bear.",
    "Never grease the spindle while the stones are turning.",
)
LEFT = (
    "Rye is cleaned twice before it is ground. The first sieve holds back straw and stones, and "
    "the second one dust and small seeds. Damp rye clogs the stones and has to be dried on the "
    "kiln for six hours. Each batch is weighed before and after cleaning, and the loss is entered "
    "on the card of the farmer.",
)
RIGHT = (
    "Oats are hulled on the small stones. The gap between the stones is 3 millimetres wide and "
    "is checked with a feeler gauge every morning. Hulls are blown into the chamber behind the "
    "loft, which is emptied when the lamp above the door lights up. The kernels are steamed for "
    "20 minutes so that they keep.",
)
CODE = (
    "import gauge",
    "def may_grind(level):",
    "    if level > 60:",
    "        return gauge.is_calm()",
    "    return False",
    'print(may_grind(72), "litres")',
)
HEADER = ("Sluice", "Width (cm)", "Fall (m)", "Keeper")
_KEEPERS = ("Ada Quern", "Jon Weir", "Mette Rust", "Ole Kvern", "Siri Bekk")
ROWS = tuple(
    (f"Sluice {number}", str(40 + 7 * number % 55), f"{1 + number % 4}.{number % 10}{number % 7}",
     _KEEPERS[number % 5])
    for number in range(1, 61)
)  # fmt: skip
FORM = (("Miller", "Greta Holm"), ("Licence", "QM-4471-B"), ("Sacks ordered", "128"))
"""Name and value of each field."""

HEADINGS = ("The mill", "Duties", "Grinding", "The gauge script", "Sluices", "Order form")
