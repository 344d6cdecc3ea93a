"""A replay and the changes of the guide in, a page of Markdown out. No I/O."""

from collections.abc import Iterable

from ragguide.evaluate.pages import comparison_to_markdown, escape_markdown
from ragguide.evaluate.replay import Replay


def replay_to_markdown(found: Replay, guide_changes: Iterable[str]) -> str:
    """Report how an update changes the answers.

    Args:
        found: the changes of the answers.
        guide_changes: the changes of the guide, in lines.
    """
    md = escape_markdown
    verdict = "passes the gate" if found.is_met else "fails the gate, so the update was rejected"
    lines = [
        f"# {md(found.comparison.second)}: {verdict}",
        "",
        *_gate_lines(found),
        "",
        *_evidence_lines(found),
        "## What changed in the guide",
        "",
        *(f"    {line}" for line in guide_changes),
        "",
        f"## Answers that changed: {len(found.changed)} of {found.comparison.n_shared}",
        "",
        *_change_lines(found),
        "",
    ]
    return "\n".join(lines) + "\n" + comparison_to_markdown(found.comparison)


def _gate_lines(found: Replay) -> Iterable[str]:
    md = escape_markdown
    for gate in found.gates:
        state = "undecided" if gate.is_undecided else "met" if gate.is_met else "not met"
        state = state if gate.is_met else f"**{state}**"
        yield f"- {state}: {md(gate.name)} ({md(gate.reason)})"


def _evidence_lines(found: Replay) -> Iterable[str]:
    if found.evidence_gone:
        yield (
            "The new guide no longer contains the evidence of these questions: "
            f"{escape_markdown(', '.join(found.evidence_gone))}. If that is intended, update them."
        )
        yield ""


def _change_lines(found: Replay) -> Iterable[str]:
    md = escape_markdown
    yield "| question | changed | before | after |"
    yield "|---|---|---|---|"
    for each in found.changed:
        yield (
            f"| {md(each.case_id)}: {md(each.question)} | {', '.join(each.what)} | "
            f"{md(each.before)} | {md(each.after)} |"
        )
