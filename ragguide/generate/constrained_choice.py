"""Texts and a model's logits in, the likeliest of the texts out, token by token. No I/O.

A small model that quotes often begins with the wrong sentence, and the search often ranks the wrong
sentence first, but they err on different questions. So the model has to begin with one of the
sentences that it was given, and the search's opinion of each counts as a favour.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

TokenPath = tuple[int, ...]


def choose_path(
    favours: Mapping[TokenPath, float],
    logits: Callable[[TokenPath, Sequence[int]], Sequence[float]],
) -> Iterator[int]:
    """Yield the tokens of one path, chosen fork by fork.

    A fork takes the token with the greatest sum of log-probability and best favour beyond it.

    Args:
        favours: path → its favour, in nats; a path is a text's tokens.
        logits: given the tokens so far, the logits of some next tokens: log-probabilities plus a
            common constant. Called at forks only.
    """
    done: TokenPath = ()
    live = dict(favours)
    while live and not any(len(path) == len(done) for path in live):
        forks: dict[int, dict[TokenPath, float]] = {}
        for path, favour in live.items():
            forks.setdefault(path[len(done)], {})[path] = favour
        token, *others = forks
        if others:
            values = dict(zip(forks, logits(done, list(forks)), strict=True))
            token = max(forks, key=lambda token: values[token] + max(forks[token].values()))
        live = forks[token]
        done += (token,)
        yield token
