"""Two words in: the same, opposite, or members of one exclusive set? General English only."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import combinations, permutations

from ragguide.augment.support.vocabulary import key_of

# Each line is a pair of sides; every word of one side is the opposite of every word of the other.
_PAIRS = """
increase raise rise grow boost gain expand | decrease lower reduce fall shrink drop decline lose
increase raise rise grow climb | cut diminish lessen
improve | worsen
maximize | minimize
maximum max most highest largest | minimum min least lowest smallest
add append insert attach | remove delete subtract drop detach
allow permit let enable grant | forbid prohibit ban prevent block deny disallow disable refuse
accept approve | reject refuse decline deny
enable activate | disable deactivate
cause create produce trigger induce | prevent avoid stop inhibit
start begin launch open commence | stop end finish close halt cease
open | close shut closed
opened | closed
include contain cover | exclude omit
hot warm heat | cold cool chill
big large great huge | small little tiny
long | short brief
high tall | low
tall | short
deep | shallow
wide broad | narrow
thick | thin
fast quick rapid | slow
speed accelerate hasten | slow delay brake
early | late
old | new young
strong | weak
heavy | light
hard difficult complex complicated | easy simple
hard rigid stiff | soft flexible
loud noisy | quiet silent
bright light | dark dim
full | empty
rich | poor
good | bad
right correct true accurate | wrong incorrect false inaccurate
safe | dangerous unsafe risky
cheap inexpensive | expensive costly dear
free | paid charged
public | private
internal inner inside | external outer outside
local | remote
static fixed | dynamic variable
manual | automatic
active | passive inactive idle
positive | negative
optional | mandatory required compulsory
always | never
reward praise | punish penalize blame
often frequently | rarely seldom
common frequent | rare
present | absent
before | after
above over | below under
up | down
upper | lower
first | last
read | write
send | receive
give | take
buy purchase | sell
lend | borrow
upload | download
push | pull
import | export
encrypt | decrypt
compress | decompress
encode | decode
lock | unlock
connect join | disconnect
win | lose
succeed pass success | fail failure
gain profit | loss
attack | defend
love like | hate dislike
appear | disappear vanish
arrive | leave depart
enter stay remain | exit leave
keep retain preserve save store maintain | discard delete lose drop
gather collect | scatter spread
tighten | loosen
bend | straighten
same equal identical | different
similar | different
everything | nothing
everyone everybody | nobody
wet moist damp | dry
clean | dirty
sharp | blunt
smooth | rough
tight | loose
visible shown | hidden invisible
known | unknown
alive | dead
married | single
natural | artificial
temporary | permanent
partial | complete
serial sequential | parallel
synchronous | asynchronous
horizontal | vertical
supervise | unsupervised
labeled labelled | unlabeled unlabelled
linear | nonlinear
online | offline
forward | backward
ascend | descend
ahead | behind
inbound incoming | outbound outgoing
major | minor
senior | junior
majority | minority
advantage benefit strength | disadvantage drawback weakness
strengthen | weaken
damage harm hurt destroy | protect preserve
destroy demolish | build construct create repair
encourage | discourage
help assist | hinder hamper
attract | repel
support | oppose
agree | disagree
freeze | melt thaw
sink | float
widen | narrow
lengthen | shorten
harden | soften
brighten lighten | darken
praise | criticize
remember | forget
absorb | emit
expand | contract
love | hate
indoor indoors | outdoor outdoors
domestic | foreign
ancient | modern
mild | severe
acute | chronic
benign | malignant
acid acidic | alkaline
edible | poisonous
wild | tame
odd | even
single | double
upstream | downstream
uphill | downhill
clockwise | anticlockwise counterclockwise
ignore | reject
ignore | use
healthy well | sick ill
innocent | guilty
legal lawful | illegal unlawful
raw | cooked
sweet | sour bitter
more | less fewer
many | few
much | little
"""
# Members of a set exclude each other, but none is the contrary of another.
_SETS = """
north south east west
northern southern eastern western
red blue green yellow white black grey gray brown orange purple pink
monday tuesday wednesday thursday friday saturday sunday
january february march april may june july august september october november december
spring summer autumn winter
zeroshot oneshot fewshot
gold silver bronze
solid liquid gas
breakfast lunch dinner supper
train validate test
morning afternoon evening
day night
sunrise sunset
dawn dusk
left right
front back
top bottom
input output
male female
winner loser
landlord tenant
employer employee
buyer seller
lender borrower
sender receiver recipient
host guest
server client
master replica
primary replica
primary secondary
teacher student
parent child
source target
origin destination
underfit overfit
bias variance
precision recall
numerator denominator
row column
"""
_NEGATIVE = ("un", "in", "im", "ir", "il", "non", "dis", "de", "a")
_LEAST_BASE = 4  # letters of a word that a negative prefix may stand before


def _read_pairs() -> Iterator[tuple[str, str]]:
    for line in _PAIRS.strip().splitlines():
        left, right = (side.split() for side in line.split("|"))
        for one in left:
            for other in right:
                yield key_of(one), key_of(other)


_OPPOSITES = {pair for one, other in _read_pairs() for pair in ((one, other), (other, one))}
_EXCLUSIVE = {
    pair
    for line in _SETS.strip().splitlines()
    for one, other in combinations(map(key_of, line.split()), 2)
    for pair in ((one, other), (other, one))
}
_CONVERSE = {
    (key_of(one), key_of(other))
    for pair in ("sell buy", "sell purchase", "lend borrow", "give receive", "send receive")
    for one, other in permutations(pair.split())
}
_ADJECTIVES = """
big large great small long short high tall low deep shallow wide broad narrow thick thin fast quick
slow early late old new young strong weak heavy light hard soft easy simple loud noisy quiet bright
dark dim full rich poor safe cheap warm hot cold cool wet dry clean dirty sharp smooth rough tight
loose near far close steep flat sweet sour mild harsh dense sparse rare few costly healthy dear
""".split()


def _compared() -> Iterator[tuple[str, str]]:
    """Yield comparative and superlative forms of adjectives, each with its adjective."""
    for adjective in _ADJECTIVES:
        stem = adjective
        if adjective.endswith("y"):
            stem = adjective[:-1] + "i"
        elif adjective.endswith("e"):
            stem = adjective[:-1]
        elif adjective in {"big", "hot", "wet", "thin", "dim", "flat"}:
            stem = adjective + adjective[-1]
        yield f"{stem}er", adjective
        yield f"{stem}est", adjective
    yield from (("further", "far"), ("farther", "far"), ("furthest", "far"))


COMPARED = dict(_compared())


def adjective_of(word: str) -> str:
    """Return the adjective of a comparative: `busier` gives `busy`, `bigger` gives `big`."""
    low = word.casefold()
    if low in COMPARED:
        return COMPARED[low]
    if low.endswith("ier"):
        return low.removesuffix("ier") + "y"
    base = low.removesuffix("er")
    return base[:-1] if base[-1:] == base[-2:-1] else base


@lru_cache(maxsize=65_536)
def are_opposite(one: str, other: str) -> bool:
    """Whether two keys are contraries: `long` and `short`, `valid` and `invalid`."""
    return (one, other) in _OPPOSITES or _negates(one, other) or _negates(other, one)


def are_converse(one: str, other: str) -> bool:
    """Whether two keys say the same if the two sides change places: `sell` and `buy`."""
    return (one, other) in _CONVERSE


def are_exclusive(one: str, other: str) -> bool:
    """Whether two keys name members of one set, such as colours or weekdays."""
    return (one, other) in _EXCLUSIVE


def _negates(word: str, base: str) -> bool:
    if len(base) < _LEAST_BASE:
        return False
    if word.endswith("less") and base.startswith(word.removesuffix("less")):
        return len(word) > len("less") + 2
    return any(word == prefix + base for prefix in _NEGATIVE)
