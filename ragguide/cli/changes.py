"""An update's report in, lines for people out: what was done, and what changed in the guide."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from ragguide.cli.render import counted, seconds_line

if TYPE_CHECKING:
    from ragguide.update.changes import Changes, SectionChange
    from ragguide.update.numbers import NumberChange
    from ragguide.update.plan import Plan
    from ragguide.update.run import UpdateReport

NUMBERS_SHOWN = 8  # changed numbers of one section


def report_lines(report: "UpdateReport") -> Iterator[str]:
    """Yield what an update did, or in a dry run would do."""
    generation = f"{report.index}/{report.generation:06d}"
    if report.unchanged:
        yield f"{generation} is up to date"
        return
    yield f"{generation} is {'in use; an update would:' if report.dry_run else 'now in use:'}"
    yield from _plan_lines(report.plan)
    if not report.dry_run:
        yield f"  embedded {report.n_embedded:,} of {report.plan.n_texts_new:,} new texts" + (
            ", the others cached" if report.n_embedded < report.plan.n_texts_new else ""
        )
    yield from change_lines(report.changes)
    yield seconds_line(report.seconds)


def _plan_lines(plan: "Plan") -> Iterator[str]:
    for path, why in plan.read.items():
        yield f"  read {path} ({why})"
    for path, before in plan.move.items():
        yield f"  keep {path} (moved from {before})"
    for path in plan.drop:
        yield f"  drop {path} (deleted)"
    if plan.keep:
        yield f"  keep {counted(len(plan.keep), 'unchanged document')}"
    yield (
        f"  chunks: {plan.n_chunks_kept:,} kept, {plan.n_chunks_new:,} new, "
        f"{plan.n_chunks_dropped:,} dropped; {plan.n_texts_new:,} new texts (chunks and sentences)"
    )


def change_lines(changes: "Changes") -> Iterator[str]:
    """Yield what changed in the guide."""
    yield "no changes in the text" if changes.is_empty else "changes in the guide:"
    for sign, names in (("+", changes.documents_added), ("-", changes.documents_removed)):
        for name in names:
            yield f"  {sign} document {name}"
    for sign, sections in (
        ("+", changes.added), ("-", changes.removed), ("=", changes.retitled),
        ("~", changes.rewritten),
    ):  # fmt: skip
        for section in sections:
            yield f"  {sign} {_section_line(section)}"
            yield from _number_lines(section.numbers)


def _section_line(section: "SectionChange") -> str:
    place = section.place or (f"formerly {section.place_before}" if section.place_before else "")
    document = f"{section.document}, {place}" if place else section.document
    title = " > ".join(section.titles) or "(no heading)"
    if section.titles != section.titles_before:
        return f"{document} · {title} (formerly {' > '.join(section.titles_before)})"
    return f"{document} · {title}"


def _number_lines(numbers: "Sequence[NumberChange]") -> Iterator[str]:
    for number in numbers[:NUMBERS_SHOWN]:
        before, after = number.before or "(none)", number.after or "(removed)"
        yield f'      {before} → {after}   "{number.context}"'
    if len(numbers) > NUMBERS_SHOWN:
        yield f"      … and {len(numbers) - NUMBERS_SHOWN} more numbers (see --json)"
