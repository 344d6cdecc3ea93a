"""Requests that were answered in, their counts as Prometheus's text out. No I/O."""

from collections import Counter
from collections.abc import Collection, Mapping

TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counts requests by address and status. It knows no question and no name of a document."""

    def __init__(self, paths: Collection[str]) -> None:
        """Take the addresses that are counted by themselves."""
        self._paths = paths
        self._requests: Counter[tuple[str, int]] = Counter()
        self._seconds: dict[str, float] = {}

    def count(self, path: str, status: int, seconds: float) -> None:
        shown = path if path in self._paths else "other"
        self._requests[shown, status] += 1
        self._seconds[shown] = self._seconds.get(shown, 0.0) + seconds

    def text(self, pending: Mapping[str, int], generations: Mapping[str, int]) -> str:
        """Return all metrics.

        Args:
            pending: name of a queue → what runs or waits.
            generations: name of an index → number of its generation.
        """
        lines = ["# TYPE ragguide_requests_total counter"]
        lines += (
            f'ragguide_requests_total{{path="{path}",status="{status}"}} {n}'
            for (path, status), n in sorted(self._requests.items())
        )
        lines.append("# TYPE ragguide_request_seconds_total counter")
        lines += (
            f'ragguide_request_seconds_total{{path="{path}"}} {seconds:.3f}'
            for path, seconds in sorted(self._seconds.items())
        )
        lines.append("# TYPE ragguide_pending gauge")
        lines += (f'ragguide_pending{{queue="{name}"}} {n}' for name, n in pending.items())
        lines.append("# TYPE ragguide_generation gauge")
        lines += (f'ragguide_generation{{index="{name}"}} {n}' for name, n in generations.items())
        return "\n".join(lines) + "\n"
