"""Two words in, whether they say the same out: a short list of general English, and kinship."""

from functools import lru_cache
from itertools import combinations

from ragguide.augment.support.vocabulary import key_of

# A word may be in several lines. Words here are never names of things, only of what is done to
# them, how they are, and what is common to all subjects.
_GROUPS = """
need require necessitate demand take
must require need
use utilize employ apply leverage
use usage
begin start commence launch open
end finish conclude complete terminate stop
stop halt cease end
buy purchase acquire
get obtain receive acquire
give provide supply offer deliver grant
lend loan
show display present depict render
choose select pick elect
keep retain preserve hold store maintain save
hold contain have store include carry seat
contain include comprise have
consist comprise contain compose
make create produce build generate construct
make prepare
build construct assemble
happen occur
help assist aid support
support allow enable
allow enable let permit
allow support accept
increase raise rise grow boost
decrease reduce lower fall shrink drop decline cut diminish
improve enhance boost better
check verify inspect examine review test
check validate verify
change alter modify adjust edit
change vary
remove delete erase drop eliminate
add append attach
find locate discover detect identify
detect recognize identify
send transmit forward dispatch
assign allot allocate attribute
split divide separate partition
join combine merge unite
combine integrate
integrate work
run execute perform operate
run last take
last take
come finish
work function operate
big large huge great
small little tiny
fast quick rapid speedy
quick prompt
hard difficult
easy simple straightforward
cheap inexpensive
costly expensive
whole entire complete full
important key crucial essential significant
main primary principal chief major
right correct
wrong incorrect
same identical equal
different distinct differ
usual typical common normal
often frequently
rare seldom
automatic
fee charge fare cost price payment
pay charge
pay payment
enter entry entrance access
cost price
limit cap restrict
limit maximum max
minimum least
near close
keep remain stay
let allow
part portion share component
kind type sort category
way method approach technique
goal aim purpose objective
error mistake fault
problem issue trouble
result outcome
task job
person people individual human
child kid
doctor physician
car vehicle automobile
film movie
picture image photo photograph
illness disease sickness
house home
shop store
street road
trip journey travel
boat ship vessel
bike bicycle
phone telephone
wood timber
stone rock
evening night
autumn fall
prevent avoid stop
mandatory compulsory obligatory required
answer reply respond response
ask request
ask charge
tell inform notify
say state
mean signify denote
explain describe
measure gauge assess evaluate
evaluate assess
watch monitor observe
guard protect secure
secure safe
encrypt cipher
copy duplicate replicate
backup copy
fix repair mend
break damage
throw toss
shut close
switch turn
begin enter
leave depart exit
arrive reach
reach attain achieve
win gain
beat defeat
grow expand
fill load
empty clear
wait pause
try attempt
plan intend
learn study
teach instruct train
write compose author
read load ingest
load import
store save
place position location
place put
spot place
big major
top best
about concerning regarding
also too
use for
suit suitable fit appropriate ideal
handle manage process
manage administer
control regulate govern
rule regulation
law statute
lawyer attorney
contract agreement
buyer purchaser
customer client
staff employee worker
team group
firm company business enterprise
cancel annul revoke
waive drop
void invalid
erase wipe
expire end lapse
renew extend
connect link attach
gather collect
spread distribute
share distribute
lower less
exact precise accurate
exact precisely
quiet silent
loud noisy
wet moist
bright luminous
look appear seem
convert transform turn
translate convert
produce yield
yield give
free gratis
default standard
daily day
weekly week
monthly month
yearly annual year
hourly hour
nightly night
twofold double
name title
note remark
rise climb
swap exchange
cover include
supply feed
cause lead
cause trigger
cause bring
certify attest
sign
take swear
carry transport
call visit
call stop
call name
known call
count number
amount quantity
weigh weight
high height
long length
deep depth
wide width
hot heat
strong strength
choose choice
sell sale
lose loss
prove proof
believe belief
succeed success
grow growth
think thought
speak speech
live life
die death
decide decision
compare comparison
apply application
detect detection
flow flux
enlarge expand
erupt burst
rotate turn spin
"""
_SUFFIXES = frozenset(
    "s es ed d er r or ing ion ation ition ment al ly ness ity able ible age ance ence ant ent ive "
    "y ic ical ful ous th t ate ize ist ism e i ys ies ication".split()
)
_LEAST_ROOT = 4


def _pairs() -> set[tuple[str, str]]:
    found = set()
    for line in _GROUPS.strip().splitlines():
        for one, other in combinations(map(key_of, line.split()), 2):
            found |= {(one, other), (other, one)}
    return found


_SYNONYMS = _pairs()


@lru_cache(maxsize=65_536)
def same_meaning(one: str, other: str) -> bool:
    """Whether two keys are one word, kin of it (`store`, `storage`), or common synonyms."""
    return one == other or (one, other) in _SYNONYMS or _are_kin(one, other)


def _are_kin(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    root = short.rstrip("eiy") if len(short) > _LEAST_ROOT else short
    return (
        len(root) >= _LEAST_ROOT
        and long.startswith(root)
        and (long.removeprefix(root) in _SUFFIXES or long == short)
    )
