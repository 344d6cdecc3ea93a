"""Read the graphs and vectors of this package, verified: C++ code trusts their contents."""

import hashlib
from pathlib import Path

from ragguide.errors import ModelError

FOLDER = Path(__file__).parent


def read_packaged(name: str, sha256: str) -> bytes:
    """Return the bytes of a file beside this module.

    Raises:
        ModelError: it cannot be read, or has another checksum.
    """
    path = FOLDER / name
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise ModelError(
            f"{path} cannot be read ({exc.strerror}). Install ragguide again."
        ) from exc
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise ModelError(f"{path} has sha256 {found}, expected {sha256}. Install ragguide again.")
    return data
