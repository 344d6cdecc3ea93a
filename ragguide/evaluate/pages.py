"""A report in, one HTML page or Markdown text out. The page loads nothing from elsewhere."""

import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING

from ragguide.evaluate import wording
from ragguide.evaluate.compare import ALPHA, Comparison
from ragguide.evaluate.plots import plots_of
from ragguide.evaluate.records import ModelRecord
from ragguide.evaluate.report import Failure, Report, RunReport
from ragguide.evaluate.summary import Figure, Group
from ragguide.evaluate.sweep_plots import sweep_plots
from ragguide.evaluate.sweep_result import SweepResult, best_first, winner_toml
from ragguide.evaluate.verdicts import FAULTS, Fault

if TYPE_CHECKING:
    from jinja2 import Environment

N_SHOWN = 3  # passages of a failure
CLIP = 400  # characters of each
_TEMPLATES = files("ragguide.evaluate") / "templates"


def to_html(report: Report) -> str:
    """Return one page without scripts that needs no network; all text in it is escaped.

    Raises:
        UsageError: matplotlib is not installed, or there are too many runs to draw.
    """
    return _report("report.html.jinja", report, plots=plots_of(report), style=_read("page.css"))


def to_markdown(report: Report) -> str:
    """Return the figures, differences and failures, without plots."""
    return _report("report.md.jinja", report)


def sweep_to_html(result: SweepResult) -> str:
    """Return the page of a sweep.

    Raises:
        UsageError: matplotlib is not installed.
    """
    return (
        _environment()
        .get_template("sweep.html.jinja")
        .render(
            result=result,
            title=result.name,
            plots=sweep_plots(result),
            style=_read("page.css"),
            toml=winner_toml(result),
        )
    )


def comparison_to_markdown(comparison: Comparison) -> str:
    """Return the tables of one comparison."""
    template = _environment().get_template("comparison.md.jinja")
    return template.render(comparison=comparison, alpha=ALPHA)


def escape_markdown(value: object) -> str:
    """Return a text as one line of Markdown, with its special characters escaped."""
    return re.sub(r"([\\`*_\[\]<>|#~$])", r"\\\1", " ".join(str(value).split()))


def _environment() -> "Environment":
    from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FunctionLoader(_read),
        autoescape=select_autoescape(["html.jinja"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "value": lambda figure: wording.number(figure.value, figure.unit),
        "interval": wording.interval,
        "number": wording.number,
        "signed": wording.signed,
        "difference_interval": wording.difference_interval,
        "p_value": wording.p_value,
        "result": wording.result,
        "shared": wording.shared,
        "range": _range,
        "figure": _figure,
        "measure_names": _measure_names,
        "groupby_fault": _by_fault,
        "in_words": _in_words,
        "made": _made,
        "clip": _clip,
        "swept": lambda result: list(result.winner.values),
        "other_measures": _other_measures,
        "other": lambda each, name: next((f for f in each.others if f.measure == name), None),
        "best_first": best_first,
        "choice_in_words": wording.choice_in_words,
        "md": escape_markdown,
    }
    return environment


def _report(name: str, report: Report, **values: object) -> str:
    return (
        _environment()
        .get_template(name)
        .render(
            report=report,
            title=" and ".join(run.name for run in report.runs),
            faults=FAULTS,
            alpha=ALPHA,
            n_shown=N_SHOWN,
            **values,
        )
    )


def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text("utf-8")


def _range(figure: Figure) -> str:
    """Draw a share's interval as a line from 0 to 1, with a mark at its value."""
    from markupsafe import Markup

    if figure.unit or figure.low != figure.low or figure.high > 1:
        return ""
    low, high, value = (2 + 96 * each for each in (figure.low, figure.high, figure.value))
    return Markup(  # noqa: S704  only numbers are inserted
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none">'
        '<path d="M2 5H98" stroke="var(--line)" stroke-width="1.5"/>'
        f'<path d="M{low:.1f} 5H{high:.1f}" stroke="var(--series-1)" stroke-width="3"/>'
        f'<path d="M{value:.1f} 1V9" stroke="var(--ink)" stroke-width="1.5"/></svg>'
    )


def _figure(group: Group, name: str) -> Figure | None:
    return next((figure for figure in group.figures if figure.measure == name), None)


def _measure_names(groups: Sequence[Group]) -> list[str]:
    return list(dict.fromkeys(figure.measure for group in groups for figure in group.figures))


def _other_measures(result: SweepResult) -> list[str]:
    found = (figure.measure for each in result.results for figure in each.others)
    return list(dict.fromkeys(found))


def _by_fault(failures: Sequence[Failure]) -> Iterator[tuple[Fault, list[Failure]]]:
    """Group failures, which are in the order of their faults."""
    for fault, some in groupby(failures, key=lambda failure: failure.fault):
        yield fault, list(some)


def _clip(text: str) -> str:
    if len(text) <= CLIP:
        return text
    return text[:CLIP].rsplit(" ", 1)[0] + " …"


def _in_words(run: RunReport) -> str:
    return wording.run_in_words(run.n_answerable, run.n_unanswerable, run.ranks, run.figures)


def _made(run: RunReport) -> Iterator[tuple[str, str]]:
    """Yield everything that a run's results depend on, as name and value."""
    record = run.record
    yield "questions", f"{record.cases_name}, {record.n_cases}, sha256 {record.cases_sha256[:16]}…"
    yield "mode", record.mode
    yield "index", f"{record.index}/{record.generation:06d}"
    for name, sha256 in record.sources.items():
        yield "document", f"{name}, sha256 {sha256[:16]}…"
    yield "embedder", _model(record.embedder)
    if record.generator:
        yield "generator", _model(record.generator)
        yield "prompt", record.prompt_version
    if record.reranker:
        yield "reranker", _model(record.reranker)
    if record.calibration_sha256:
        yield "calibration", f"sha256 {record.calibration_sha256[:16]}…"
    yield "settings", ", ".join(f"{name} {value}" for name, value in record.settings.items())
    yield "seed", str(record.seed)
    machine = record.machine
    yield (
        "machine",
        f"{machine.processor}, {machine.n_cores} cores, {machine.memory_gb:g} GB, {machine.system}",
    )
    yield "ragguide", record.ragguide_version
    yield "started", record.created
    yield "fingerprint", record.fingerprint[:16]


def _model(model: ModelRecord) -> str:
    return model.name if model.sha256 is None else f"{model.name}, sha256 {model.sha256[:16]}…"
