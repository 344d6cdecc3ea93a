"""Settings in, the results of all checks of this installation out, each fault with a fix.

Nothing is changed or downloaded. A check that crashes is reported as a problem, and the other
checks still run.
"""

from collections.abc import Callable, Iterator, Sequence

from ragguide.config import Settings
from ragguide.doctor import gpu, indexes, machine, models, storage
from ragguide.doctor.check import Check, problem
from ragguide.errors import RagguideError

__all__ = ["Check", "examine", "problem"]

_Run = Callable[[Settings], Iterator[Check]]
_CHECKS: tuple[_Run, ...] = (
    machine.python,
    machine.processor,
    machine.memory,
    machine.packages,
    gpu.gpu,
    models.embedder,
    models.generator,
    models.reranker,
    indexes.index,
    indexes.other_indexes,
    storage.folders,
    models.network,
)


def examine(settings: Settings) -> list[Check]:
    """Return the result of every check, in the order to show them."""
    return [check for run in _CHECKS for check in _guarded(run, settings)]


def _guarded(run: _Run, settings: Settings) -> Sequence[Check]:
    """Run a check, and turn what it raises into a problem."""
    done: list[Check] = []
    name = run.__name__.replace("_", " ")
    try:
        done.extend(run(settings))
    except RagguideError as exc:
        done.append(problem(name, str(exc)))
    except OSError as exc:
        reason = f"{exc.filename}: {exc.strerror}" if exc.filename else str(exc)
        done.append(problem(name, reason, "Check the path and its permissions"))
    except Exception as exc:  # a crash must not stop the other checks
        reason = " ".join(f"{type(exc).__name__}: {exc}".split())[:200]
        fix = "This is a bug in ragguide; please report it with this line"
        done.append(problem(name, f"the check crashed ({reason})", fix))
    return done
