"""A guide in, how well the support check tells its statements from false ones made of them out.

    python benchmarks/claims.py data/guide.pdf [--pairs PAIRS.jsonl] [--show KIND] [--most 60]

Each statement of the guide is checked as it is, said otherwise, and made false by one edit: another
number, unit or magnitude, a negation dropped or added, at most for at least, before for after, and
so on. Its evidence is the statement itself among its neighbours, each with its section. Printed is,
by kind of edit, how many keep a mark. A paraphrase must keep it.

`--pairs` adds a file of pairs, as `ragguide eval claims` reads them. To compare with another
version of ragguide, run this file with that version first on PYTHONPATH.
"""

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from ragguide.augment.citations import SupportCheck
from ragguide.config import Settings
from ragguide.create.cut import split
from ragguide.create.documents import clean_source
from ragguide.create.pdf.pages import read_pdf
from ragguide.embed.tokens import TokenCounter
from ragguide.index.keywords import KeywordIndex, terms_of
from ragguide.models.find import find_embedder
from ragguide.types import Evidence

N_BESIDE = 4  # neighbours among the evidence of a statement
FEWEST_WORDS, MOST_WORDS = 5, 45


class Draw(msgspec.Struct, frozen=True):
    """What an edit is made of: a statement, all statements, and chance."""

    text: str
    texts: Sequence[str]
    rng: random.Random


Edit = Callable[[Draw], Iterator[str]]

_NAME = re.compile(r"(?<=[a-z,] )(?:[A-Z]\w*[A-Z]\w*|[A-Z][a-z]+(?: [A-Z][a-z]+)?)\b(?!:)")
_WORDS = {
    "at most / at least": [
        "at most|at least", r"up to(?= \d)|at least", "no more than|no less than",
    ],
    "more / less": [
        "more than|less than", r"(?<!no )(?<!one )(?<!nothing )more|less", "fewer|more",
        "higher|lower", "larger|smaller",
        "(?<!no )longer|shorter", "faster|slower", "increases|decreases", "increase|decrease",
        "reduces|increases", "reduce|increase", "above|below", "high|low", "large|small",
    ],
    "before / after": ["before|after"],
    "all / some": [
        "(?<!at )all (?!three|two|four)|some ", "every|some", r"each(?= [a-z]+s?\b)(?!;)|some",
        "Most|All",
        "(?<!at )(?<!the )most (?=[a-z]+s )|all ", "many|few", "always|sometimes",
    ],
    "must / may": [
        r"must(?! not| never)|may", "should|may", r"can(?! not| never)|must",
        r"may(?! not| never)|must", "cannot|must",
    ],
    "only dropped": [r"only (?!\d|one|two|a )|", "Only |"],
    "ordinal": ["first|third", "second|fourth", "third|first", "last|first"],
    "unit": [
        "seconds|minutes", "minutes|hours", "hours|days", "days|weeks", "weeks|months",
        "months|years", "years|days", "milliseconds|seconds", "MB|GB", "GB|MB", "KB|MB", "TB|GB",
        "second|minute", "minute|hour", "hour|day", "day|month", "month|week", "week|year",
        "percent|per mille", "cents|dollars", "dollars|cents", "metres|kilometres",
    ],
    "magnitude": ["thousand|million", "million|billion", "billion|million", "trillion|million"],
}  # fmt: skip
# What says the same; each must keep its mark.
_SAME = {
    "notation": [
        (r"\b(\d{1,3}),(\d{3})\b", r"\1\2"), (r"\b([1-9])(\d{3})\b(?!-)", r"\1,\2"),
        (r"\btwo\b", "2"), (r"\bthree\b", "3"), (r"\bfour\b", "4"), (r"\bfive\b", "5"),
        (r"\bsix\b", "6"), (r"\bten\b", "10"), (r"(?<![.,\d])\b2\b(?![.,]\d)", "two"),
        (r"\b30 (?=[a-z])", "thirty "), (r"\b90 (?=[a-z])", "ninety "), (r"(\d) ?%", r"\1 percent"),
        (r"(\d) percent", r"\1%"), (r"\bminutes\b", "min"), (r"\b(\d+) ms\b", r"\1 milliseconds"),
        (r"\b(\d+) ?GB\b", r"\1 gigabytes"), (r"\b(\d+) seconds\b", r"\1 s"),
        (r"\bmilliseconds\b", "ms"), (r"\b(\d+) MB\b", r"\1 megabytes"), (r"\bhalf\b", "50%"),
    ],
    "paraphrase": [
        (r"\buses\b", "utilizes"), (r"\bneeds?\b", "requires"), (r"\bcreates?\b", "builds"),
        (r"\bshows?\b", "displays"), (r"\bbegins?\b", "starts"), (r"\bchooses?\b", "selects"),
        (r"\bcannot\b", "can't"), (r"\bdoes not\b", "doesn't"), (r"\bis not\b", "isn't"),
        (r"\bmust\b", "has to"), (r"\bmay\b", "can"), (r"\bat most (?=\d)", "no more than "),
        (r"\bat least (?=\d)", "no less than "), (r"\bup to (?=\d)", "at most "),
        (r"\bmore than (?=\d)", "over "),
        (r"\bevery\b", "each"), (r"\ball\b", "all of the"), (r"\bbefore (?=the|a)", "prior to "),
        (r"\bprovides?\b", "offers"), (r"\bkeeps?\b", "stores"), (r"\bhelps?\b", "assists"),
        (r"\bfast\b", "quick"), (r"\blarge\b", "big"), (r"\bhappens?\b", "occurs"),
        (r"\bends?\b", "stops"), (r"\bgives?\b", "provides"), (r"\bchecks?\b", "verifies"),

    ],
    "moved": [
        (r"\A(If|When|After|Before|Unless) ([^,]+), (\w)(.*)\.\Z", r"\3\4 \1 \2."),
        (r"\A(.*) (if|when|unless) ([^,;]+)\.\Z", r"\2 \3, \1."),
        (r"\A(.*?\w), and (.*)\.\Z", r"\1."), (r"\A(.*)\.\Z", r"So \1."),
        (r"\A(.*)\.\Z", r"According to the guide, \1."),
    ],
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("guides", type=Path, nargs="*")
    parser.add_argument("--pairs", type=Path, nargs="*", default=[])
    parser.add_argument("--show", help="also print the claims of this kind that are judged wrongly")
    parser.add_argument("--most", type=int, default=80, help="claims of a kind; default: 80")
    args = parser.parse_args()
    for path in args.guides:
        print(f"\n{path}")
        _print_guide(path, args.most, args.show)
    for path in args.pairs:
        print(f"\n{path}")
        _print_pairs(path, args.show)


def _print_guide(path: Path, most: int, show: str | None) -> None:
    statements = read_statements(path)
    keywords = KeywordIndex.build([text for text, _ in statements])
    rarity = keywords.rarity()
    marked: dict[str, list[bool]] = defaultdict(list)
    for kind, is_true, place, claim in claims_of(statements, most):
        around = statements[max(0, place - N_BESIDE // 2) : place + N_BESIDE // 2 + 1]
        check = SupportCheck(_evidence(around), terms_of, rarity)
        has_mark = bool(check.check(claim).evidence)
        marked[kind].append(has_mark)
        if show in (kind, "all") and has_mark != is_true:
            print(f"  {kind}: {claim}\n      {statements[place][0]}")
    true_kinds = {"unchanged", *_SAME}
    for kind, found in marked.items():
        print(f"{kind:<24} {sum(found):>5} of {len(found):<5} {sum(found) / len(found):.2f}")
    for name, kinds in (
        ("all edits", [k for k in marked if k not in true_kinds]),
        ("all that say the same", [k for k in marked if k in _SAME]),
    ):
        found = [each for kind in kinds for each in marked[kind]]
        print(f"{name:<24} {sum(found):>5} of {len(found):<5} {sum(found) / len(found):.2f}")


def _print_pairs(path: Path, show: str | None) -> None:
    wrong: dict[tuple[str, bool], list[bool]] = defaultdict(list)
    for line in path.read_text("utf-8").splitlines():
        pair = json.loads(line)
        titles = pair.get("sections") or [[] for _ in pair["evidence"]]
        sections = [(each,) if isinstance(each, str) else tuple(each) for each in titles]
        check = SupportCheck(
            _evidence(list(zip(pair["evidence"], sections, strict=True))), terms_of, {}
        )
        is_wrong = bool(check.check(pair["claim"]).evidence) != pair["supported"]
        wrong[pair["kind"], pair["supported"]].append(is_wrong)
        if show in (pair["kind"], "all") and is_wrong:
            print(f"  {pair['kind']}: {pair['claim']}\n      {pair['evidence']}")
    for is_true in (True, False):
        named = "refused" if is_true else "marked"
        for (kind, truth), found in sorted(wrong.items()):
            if truth == is_true:
                print(f"{kind:<24} {str(is_true).lower():<6} {named} {sum(found)} of {len(found)}")
        found = [each for (_, truth), some in wrong.items() if truth == is_true for each in some]
        print(f"{'all':<24} {str(is_true).lower():<6} {named} {sum(found)} of {len(found)}")


def read_statements(path: Path) -> list[tuple[str, tuple[str, ...]]]:
    """Return a guide's sentences with the titles above them, in order, each once."""
    document = clean_source(read_pdf(path)).document
    settings = Settings()
    counter = TokenCounter(find_embedder(settings.embedder).folder)
    found: dict[str, tuple[str, ...]] = {}
    for chunk in split([document], counter, settings):
        for statement in chunk.statements:
            text = " ".join(chunk.text[statement.start : statement.end].split())
            if (
                FEWEST_WORDS <= len(text.split()) <= MOST_WORDS
                and text[-1:] in ".!:;" + "abcdefghij"
            ):
                found.setdefault(text, statement.section)
    return list(found.items())


def claims_of(
    statements: Sequence[tuple[str, tuple[str, ...]]], most: int
) -> Iterator[tuple[str, bool, int, str]]:
    """Yield kind, whether it is true, the statement's place and the claim; the same in each run."""
    texts = [text for text, _ in statements]
    kinds: dict[str, tuple[bool, Edit]] = {"unchanged": (True, _unchanged)}
    kinds |= {kind: (True, _replacing(_SAME[kind])) for kind in _SAME}
    kinds |= {
        kind: (False, _replacing([_both_words(pair) for pair in pairs]))
        for kind, pairs in _WORDS.items()
    }
    kinds |= {
        "number": (False, _other_number),
        "negation dropped": (False, _replacing(_DENIALS)),
        "negation added": (False, _replacing(_AFFIRMATIONS)),
        "name from elsewhere": (False, _name_from_elsewhere),
        "names of one sentence": (False, _names_swapped),
        "subject and object": (False, _roles_swapped),
        "condition dropped": (False, _condition_dropped),
        "opposite": (False, _replacing(_OPPOSITES)),
    }
    for kind, (is_true, edit) in kinds.items():
        rng = random.Random(kind)
        made = (
            [
                (place, claim)
                for place, text in enumerate(texts)
                for claim in edit(Draw(text, texts, rng))
                if claim != text
            ]
            if kind != "unchanged"
            else list(enumerate(texts))
        )
        for place, claim in rng.sample(made, min(most, len(made))):
            yield kind, is_true, place, claim


_DENIALS = [
    (r"\bcannot\b", "can"), (r"\b(is|are|was|does|do|must|may|can|should|will) not\b", r"\1"),
    (r"\bnever\b", "always"), (r"\bno longer\b", "still"), (r"\bno (?=[a-z]+s\b)", "many "),
    (r"\bno (?=[a-z])", "a "), (r"\bwithout\b", "with"), (r"\bnot (?=[a-z])", ""),
]  # fmt: skip
_AFFIRMATIONS = [
    (r"\b(is|are|can|must|should|may|will|was|were)\b(?! (?:not|no)\b)", r"\1 not"),
    (r"\b(has|have) (?=an? )", r"\1 not "),
    (r"\A([A-Z]\w+(?: [a-z]+)?) (\w+)s (?=the|a|an|each|all|data|models)", r"\1 does not \2 "),
]
_OPPOSITES = [
    _ for pair in (
        "supports|lacks", "enables|disables", "allows|forbids", "encrypts|decrypts", "adds|removes",
        "starts|stops", "accepts|rejects", "includes|excludes", "public|private", "input|output",
        "before|after", "inside|outside", "cheaper|dearer", "good|bad",
        "easy|hard", "strong|weak", "new|old", "valid|invalid", "known|unknown",
        "supervised|unsupervised",
        "labelled|unlabelled", "structured|unstructured", "online|offline", "batch|real-time",
    ) for _ in [(rf"\b{pair.split('|')[0]}\b", pair.split("|")[1])]
]  # fmt: skip


def _both_words(pair: str) -> tuple[str, str]:
    old, _, new = pair.rpartition("|")
    return rf"\b{old}\b" if not old.endswith(" ") else rf"\b{old}", new


def _replacing(pairs: Sequence[tuple[str, str]]) -> Edit:
    def edit(draw: Draw) -> Iterator[str]:
        text = draw.text
        for old, new in pairs:
            made = re.sub(old, new, text, count=1)
            if made != text:
                yield made
        for old, new in pairs:  # the other way
            plain = old.replace(r"\b", "")
            if (plain, new) in _TWO_WAYS:
                made = re.sub(rf"\b{new}\b", plain, text, count=1)
                if made != text:
                    yield made

    return edit


_TWO_WAYS = {
    ("at most", "at least"), ("more than", "less than"), ("higher", "lower"), ("before", "after"),

}  # fmt: skip


def _unchanged(draw: Draw) -> Iterator[str]:
    yield draw.text


def _other_number(draw: Draw) -> Iterator[str]:
    text, rng = draw.text, draw.rng
    for match in re.finditer(r"(?<!\A)(?<![\w.,-])\d+(?:\.\d+)?(?![\w-]|[.,]\d)", text):
        new = str(int(float(match[0]) * 3) + 1)
        yield text[: match.start()] + new + text[match.end() :]
    words = "two three four five six seven eight nine ten twelve".split()
    for match in re.finditer(rf"\b(?:{'|'.join(words)})\b", text):
        other = rng.choice([word for word in words if word != match[0]])
        yield text[: match.start()] + other + text[match.end() :]


def _name_from_elsewhere(draw: Draw) -> Iterator[str]:
    text, rng = draw.text, draw.rng
    names = list(dict.fromkeys(_NAME.findall(text)))
    others = [
        name
        for other in rng.sample(list(draw.texts), 12)
        for name in _NAME.findall(other)
        if name not in text
    ]
    if names and others:
        yield text.replace(rng.choice(names), rng.choice(others))


def _names_swapped(draw: Draw) -> Iterator[str]:
    text, rng = draw.text, draw.rng
    names = _NAME.findall(text)
    first = re.match(r"[A-Z]\w*[A-Z]\w*", text)
    found = list(dict.fromkeys([*names, *([first[0]] if first else [])]))
    found = [name for name in found if text.count(name) == 1]
    if len(found) >= 2:
        one, other = rng.sample(found, 2)
        between = text[
            min(text.find(one), text.find(other)) : max(text.find(one), text.find(other))
        ]
        if not re.fullmatch(r"[\w ]+?,? (?:(?:and|or|the) |[A-Z][\w ]*, |and [\w ]+, )*", between):
            yield text.replace(one, "\0").replace(other, one).replace("\0", other)


def _roles_swapped(draw: Draw) -> Iterator[str]:
    text = draw.text
    match = re.fullmatch(
        r"(The|A|An) ((?:\w+ ){0,2}?\w+) ((?!is|was|has|its|as)[a-z]+s|has) (the|a|an|its|each) "
        r"((?:\w+ ){0,2}?\w+)"
        r"( (?:to|from|into|in|with|for|of|and|that|which|by|when) .*|\.|[,;:] .*)",
        text,
    )
    if match:
        det, subject, verb, second, thing, rest = match.groups()
        yield f"{det} {thing} {verb} {second} {subject}{rest}"
    match = re.fullmatch(
        r"((?!It|That|This|What|Both|Each|Its|They|The)[A-Z][a-z]+) ((?!is|was)\w+s) "
        r"((?!the|a|an|its|each|it|from)[a-z]{3,}(?<!ly)(?<!ed))"
        r"((?: (?:to|from|into|in|with|for)|\.|,).*)",
        text,
    )
    if match:
        subject, verb, thing, rest = match.groups()
        yield f"{thing.capitalize()} {verb} {subject[:1].lower()}{subject[1:]}{rest}"
    match = re.search(r"\b(from) (\w+) (to|into) (?!a\b)(\w+)\b", text)
    if match:
        yield text.replace(match[0], f"{match[1]} {match[4]} {match[3]} {match[2]}")


def _condition_dropped(draw: Draw) -> Iterator[str]:
    text = draw.text
    made = re.sub(
        r",? (?:only )?(?:if|unless|when|provided that|as long as) [^,;.]+(?=\.\Z)", "", text
    )
    if made != text and len(made.split()) >= 4:
        yield made
    match = re.match(r"(?:If|Unless|When) [^,]+, (\w)", text)
    if match:
        yield match[1].upper() + text[match.end() :]


def _evidence(items: Sequence[tuple[str, tuple[str, ...]]]) -> list[Evidence]:
    return [
        Evidence(
            mark=mark,
            chunk_id=f"guide/p0001-{mark:02d}",
            document="guide",
            section=section,
            text=text,
            page_first=1,
            page_last=1,
            page_label="1",
            locator="p. 1",
            score=1.0,
        )
        for mark, (text, section) in enumerate(items, start=1)
    ]


if __name__ == "__main__":
    main()
