"""Settings in, checks of the folders that ragguide writes to out."""

import shutil
from collections.abc import Iterator
from tempfile import TemporaryFile

from ragguide.config import Settings
from ragguide.doctor.check import Check, note, problem

LOW_DISK_BYTES = 1 << 30


def folders(settings: Settings) -> Iterator[Check]:
    writable = []
    for name in ("indexes_dir", "runs_dir", "models_dir", "cache_dir"):
        path = getattr(settings, name)
        nearest = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
        try:
            with TemporaryFile(dir=nearest):
                pass
            free_bytes = shutil.disk_usage(nearest).free
        except OSError as exc:
            fix = f"Set another {name}, or change the permissions of the folder"
            yield problem(name, f"cannot write to {nearest}: {exc.strerror}", fix)
            continue
        if free_bytes < LOW_DISK_BYTES:
            found = f"only {free_bytes / 1e9:.2f} GB of disk space left for {path}"
            yield note(name, found, "Free some disk space")
        writable.append(str(path))
    if writable:
        yield Check("writable", ", ".join(dict.fromkeys(writable)))
