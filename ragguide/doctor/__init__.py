"""Settings in, what this machine and this configuration can do out, each fault with its mend.

Nothing is changed, nothing is fetched. Every check runs by itself: what breaks one is told as its
result, and the others go on.
"""

from collections.abc import Callable, Iterator, Sequence

from ragguide.config import Settings
from ragguide.doctor import machine, parts
from ragguide.doctor.check import Check, Section
from ragguide.errors import RagguideError

__all__ = ["Check", "examine"]

_SECTIONS: tuple[tuple[Section, Callable[[Settings], Iterator[Check]]], ...] = (
    ("machine", machine.python),
    ("machine", machine.processor),
    ("machine", machine.memory),
    ("machine", machine.packages),
    ("machine", machine.gpu),
    ("models", parts.embedder),
    ("models", parts.generator),
    ("models", parts.reranker),
    ("index", parts.index),
    ("index", parts.other_indexes),
    ("folders", parts.folders),
    ("network", parts.network),
)


def examine(settings: Settings) -> list[Check]:
    """Return the result of every check, in the order to show them."""
    return [check for section, run in _SECTIONS for check in _guarded(section, run, settings)]


def _guarded(
    section: Section, run: Callable[[Settings], Iterator[Check]], settings: Settings
) -> Sequence[Check]:
    """Run a check; whatever it raises is its result."""
    done: list[Check] = []
    name = run.__name__.replace("_", " ")
    try:
        done.extend(run(settings))
    except RagguideError as exc:
        done.append(Check(section=section, name=name, state="problem", told=str(exc)))
    except OSError as exc:
        told = f"{exc.filename}: {exc.strerror}" if exc.filename else str(exc)
        mend = "Check its permissions, and that it is what the settings say"
        done.append(Check(section=section, name=name, state="problem", told=told, mend=mend))
    except Exception as exc:  # a check that crashes must not take the other ones along
        told = " ".join(f"{type(exc).__name__}: {exc}".split())[:200]
        done.append(
            Check(
                section=section,
                name=name,
                state="problem",
                told=f"cannot be told ({told})",
                mend="This is a bug of ragguide: report it with this line",
            )
        )
    return done
