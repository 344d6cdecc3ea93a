"""A replay and what changed in the guide in, a page of Markdown out. No I/O."""

from collections.abc import Iterable

from ragguide.evaluate.pages import comparison_to_markdown, escape_markdown
from ragguide.evaluate.replay import Replay


def replay_to_markdown(found: Replay, guide_changes: Iterable[str]) -> str:
    """Tell what an update changes, for people who decide on it.

    Args:
        found: what it changes for the questions.
        guide_changes: what it changes in the guide, in lines.
    """
    verdict = "not worse" if found.is_met else "worse, so it was not switched to"
    md = escape_markdown
    gates = [
        f"- {'met' if gate.is_met else '**not met**'}: {md(gate.name)} ({md(gate.reason)})"
        for gate in found.gates
    ]
    lines = [f"# {md(found.comparison.second)}: {verdict}", "", *gates, ""]
    if found.evidence_gone:
        lines += [
            f"The new guide does not hold the evidence of: {md(', '.join(found.evidence_gone))}. "
            "If that is right, correct these questions.",
            "",
        ]
    lines += ["## What changed in the guide", "", *(f"    {line}" for line in guide_changes), ""]
    lines += [
        f"## Answers that changed: {len(found.changed)} of {found.comparison.n_shared}",
        "",
        "| question | what | before | after |",
        "|---|---|---|---|",
        *(
            f"| {md(each.case_id)}: {md(each.question)} | {', '.join(each.what)} | "
            f"{md(each.before)} | {md(each.after)} |"
            for each in found.changed
        ),
        "",
    ]
    return "\n".join(lines) + "\n" + comparison_to_markdown(found.comparison)
