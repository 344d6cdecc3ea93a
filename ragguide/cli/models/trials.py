"""What `models optimise` measured in, short texts out."""

from typing import TYPE_CHECKING

from ragguide.cli.render import size_of

if TYPE_CHECKING:
    from ragguide.generate.speed_record import SpeedRecord, Trial


def format_of(trial: "Trial") -> str:
    """The format of the weights: "original" or "Q4_0, repacked"."""
    kind = "original" if trial.kind == "as it is" else trial.kind
    return kind + (", repacked" if trial.repack else "")


def trial_line(trial: "Trial") -> str:
    """How fast one format is and, if that was tested, how well it answers."""
    line = (
        f"{format_of(trial):<20} {size_of(trial.size_bytes):>8}  loads in {trial.load_s:.1f} s, "
        f"reads {trial.prompt_tokens_s:.0f} tokens/s, writes {trial.answer_tokens_s:.0f} tokens/s"
    )
    if trial.mean_logprob is None:
        return line
    return f"{line}; {trial.n_right} answers right, log-probability {trial.mean_logprob:.3f}"


def summary_of(measured: "SpeedRecord") -> str:
    """The format in use, and the result of the self-test."""
    used = measured.used
    quotes_only = "" if measured.passes else ", so only quotes are shown"
    return (
        f"format: {format_of(used)}; self-test: {used.n_right} of {measured.n_asked} right"
        f"{quotes_only}"
    )
