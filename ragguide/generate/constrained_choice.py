"""Texts of which one is to be written in, the likeliest out, token by token. No I/O.

A small model that quotes begins with the wrong sentence as often as the search puts one first, but
they err on different questions. So a model may be bound to begin with one of the sentences that it
was given, each with a favour: what the search thinks of it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

TokenPath = tuple[int, ...]


def likeliest(
    favours: Mapping[TokenPath, float],
    logits: Callable[[TokenPath, Sequence[int]], Sequence[float]],
) -> Iterator[int]:
    """Yield the tokens of one path, chosen fork by fork.

    At each fork the token is taken whose log-probability and best favour are highest together.

    Args:
        favours: of each path, in nats; a path is a text's tokens.
        logits: of each of some tokens to come next, after those so far: log-probabilities but for
            what all have in common. Asked at forks alone.
    """
    done: TokenPath = ()
    live = dict(favours)
    while live and not any(len(path) == len(done) for path in live):
        forks: dict[int, dict[TokenPath, float]] = {}
        for path, favour in live.items():
            forks.setdefault(path[len(done)], {})[path] = favour
        token, *others = forks
        if others:
            told = dict(zip(forks, logits(done, list(forks)), strict=True))
            token = max(forks, key=lambda token: told[token] + max(forks[token].values()))
        live = forks[token]
        done += (token,)
        yield token
