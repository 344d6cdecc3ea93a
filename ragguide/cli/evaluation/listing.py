"""`ragguide eval list`: list all runs."""

from ragguide.cli.evaluation.options import AsJson, RunsDir
from ragguide.cli.render import print_json, time_of
from ragguide.config import load_settings


def list_command(runs_dir: RunsDir = None, as_json: AsJson = False) -> None:
    """List all runs, the newest last."""
    from ragguide.evaluate.runs import list_runs

    settings = load_settings({"runs_dir": runs_dir})
    for state in list_runs(settings.runs_dir):
        record = state.record
        if as_json:
            print_json(
                {
                    "name": state.folder.name,
                    "folder": str(state.folder),
                    "created": record.created,
                    "mode": record.mode,
                    "index": f"{record.index}/{record.generation:06d}",
                    "n_cases": record.n_cases,
                    "n_done": state.n_done,
                    "fingerprint": record.fingerprint,
                }
            )
            continue
        done = f"{state.n_done}/{record.n_cases}"
        print(
            f"{time_of(record.created)[:16]}  {record.mode:<7}  {done:>9}  "
            f"{record.index}/{record.generation:06d}  {state.folder}"
        )
