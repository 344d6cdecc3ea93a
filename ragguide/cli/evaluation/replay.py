"""The gate of `ragguide update`: ask the new generation questions before it goes into use."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ragguide.base.clock import OnStage
from ragguide.cli.changes import change_lines
from ragguide.cli.evaluation.gate import print_gates
from ragguide.cli.evaluation.options import read_cases
from ragguide.cli.options import write_text
from ragguide.cli.render import counted
from ragguide.cli.wrap import print_wrapped
from ragguide.config import Settings
from ragguide.errors import GateNotMet

if TYPE_CHECKING:
    from ragguide.evaluate.records import Mode
    from ragguide.evaluate.replay import Replay
    from ragguide.guide import Guide
    from ragguide.update.changes import Changes

REPORT = "update.md"  # in the folder of the new generation's run
DEPTH = 10  # passages ranked, the default of `eval run`


class GateOfUpdate:
    """Checks the new generation of an update with a set of questions."""

    def __init__(
        self,
        cases: Path,
        settings: Settings,
        *,
        with_answers: bool,
        allow_undecided: bool = False,
        allow_lost_evidence: bool = False,
    ) -> None:
        """Read the questions, before the update starts.

        Raises:
            InputError: the questions cannot be read.
        """
        self._questions = read_cases(cases)
        self._settings = settings
        self._mode: Mode = "answers" if with_answers else "quotes"
        self._allow_undecided = allow_undecided
        self._allow_lost_evidence = allow_lost_evidence
        self.found: Replay | None = None  # the last update's check; None: there was none

    def telling(self, on_stage: OnStage) -> "Callable[[Guide, Changes], None]":
        """Return the check of one update, which reports its progress."""
        self.found = None
        return partial(self._judge, on_stage)

    def _judge(self, on_stage: OnStage, draft: "Guide", changes: "Changes") -> None:
        """Ask both generations, and write a report.

        Raises:
            GateNotMet: the new one is significantly worse, lacks evidence, or cannot be judged.
        """
        from ragguide.evaluate.replay import replay
        from ragguide.evaluate.replay_report import replay_to_markdown
        from ragguide.guide import Guide

        self.found = found = replay(
            Guide.open(settings=self._settings, embedder=draft.embedder),
            draft,
            self._questions.cases,
            cases_name=self._questions.name,
            mode=self._mode,
            depth=DEPTH,
            on_stage=on_stage,
            allow_undecided=self._allow_undecided,
            allow_lost_evidence=self._allow_lost_evidence,
        )
        report = Path(found.runs[1]) / REPORT
        write_text(report, replay_to_markdown(found, change_lines(changes)))
        print_replay(found, report)
        if not found.is_met:
            raise GateNotMet(
                f"{_why_not(found)}, so {found.comparison.first} stays in use. Details: {report}"
            )


def _why_not(found: "Replay") -> str:
    failed = [gate for gate in found.gates if not gate.is_met]
    if any(not gate.is_undecided for gate in failed):
        if found.comparison.regressions:
            return "the answers of the new generation are worse"
        return "the new generation lacks evidence (--allow-lost-evidence lets it pass)"
    return "the gate cannot decide (--allow-undecided lets it pass)"


def print_replay(found: "Replay", report: Path) -> None:
    """Print on stderr how an update changes the answers."""
    print_gates(found.gates, sys.stderr)
    n_won = len(found.comparison.flips) - len(found.lost)
    print_wrapped(
        f"{len(found.changed)} of {found.comparison.n_shared} answers changed, "
        f"{len(found.lost)} for the worse, {n_won} for the better: {report}",
        file=sys.stderr,
    )
    if found.evidence_gone:
        print_wrapped(
            f"the new guide lacks the evidence of {counted(len(found.evidence_gone), 'question')} "
            f"({', '.join(found.evidence_gone[:5])}{', …' * (len(found.evidence_gone) > 5)}). If "
            "that is intended, update the question set.",
            file=sys.stderr,
        )
