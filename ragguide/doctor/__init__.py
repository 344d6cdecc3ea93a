"""Settings in, what this machine and this configuration can do out, each fault with its mend.

Nothing is changed, nothing is fetched. Every check runs by itself: what breaks one is told as its
result, and the others go on.
"""

from collections.abc import Callable, Iterator, Sequence

from ragguide.config import Settings
from ragguide.doctor import machine, parts
from ragguide.doctor.check import Check, problem
from ragguide.errors import RagguideError

__all__ = ["Check", "examine", "problem"]

_Run = Callable[[Settings], Iterator[Check]]
_CHECKS: tuple[_Run, ...] = (
    machine.python,
    machine.processor,
    machine.memory,
    machine.packages,
    machine.gpu,
    parts.embedder,
    parts.generator,
    parts.reranker,
    parts.index,
    parts.other_indexes,
    parts.folders,
    parts.network,
)


def examine(settings: Settings) -> list[Check]:
    """Return the result of every check, in the order to show them."""
    return [check for run in _CHECKS for check in _guarded(run, settings)]


def _guarded(run: _Run, settings: Settings) -> Sequence[Check]:
    """Run a check; whatever it raises is its result."""
    done: list[Check] = []
    name = run.__name__.replace("_", " ")
    try:
        done.extend(run(settings))
    except RagguideError as exc:
        done.append(problem(name, str(exc)))
    except OSError as exc:
        told = f"{exc.filename}: {exc.strerror}" if exc.filename else str(exc)
        done.append(problem(name, told, "Check its permissions, and that it is what it should be"))
    except Exception as exc:  # a check that crashes must not take the other ones along
        told = " ".join(f"{type(exc).__name__}: {exc}".split())[:200]
        mend = "This is a bug of ragguide: report it with this line"
        done.append(problem(name, f"cannot be told ({told})", mend))
    return done
