"""Write the files of pdf.js that the page of `ragguide serve` uses into `ragguide/serve/pdfjs`.

In: the package `pdfjs-dist` at the version below, which npm downloads and the script checks. Out:
its files unchanged, their licences, and SHA256SUMS, which a test compares. `--check` writes nothing
and exits 1 if a committed file differs. Needs npm.
"""

import argparse
import base64
import fnmatch
import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

VERSION = "6.5.438"
SHA512 = "vg8Pw1x+AFKy4AMDvhuWl5cOYV8d698UoEANoFFhc79hqXDnZQqnOXoxw3HG907WHOg1JYOvLhP756boddFxpA=="
FOLDER = Path(__file__).resolve().parent.parent / "ragguide" / "serve" / "pdfjs"
WANTED = (
    "LICENSE",
    # The modern build needs browsers from 2026 on (Map.getOrInsertComputed); this one, 6 % larger,
    # contains what older ones lack.
    "legacy/build/pdf.min.mjs",
    "legacy/build/pdf.worker.min.mjs",
    "wasm/jbig2.wasm",  # scanned pages are JBIG2 or JPEG 2000
    "wasm/openjpeg.wasm",
    "wasm/LICENSE_JBIG2",
    "wasm/LICENSE_OPENJPEG",
    "wasm/LICENSE_PDFJS_JBIG2",
    "wasm/LICENSE_PDFJS_OPENJPEG",
    "cmaps/*",  # Chinese, Japanese and Korean text without an encoding of its own
    "standard_fonts/FoxitDingbats.pfb",  # fonts that PDFs use without embedding them
    "standard_fonts/FoxitSymbol.pfb",
    "standard_fonts/LiberationSans-*.ttf",  # for Helvetica; not all machines have one like it
    "standard_fonts/LICENSE_*",
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, and write nothing")
    check = parser.parse_args().check
    files = read_package()
    sums = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in files.items())
    files["SHA256SUMS"] = sums.encode()
    if check:
        committed = {
            path.relative_to(FOLDER).as_posix(): path.read_bytes()
            for path in FOLDER.rglob("*")
            if path.is_file()
        }
        return int(committed != files)
    for name, data in files.items():
        path = FOLDER / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    print(f"{len(files)} files, {sum(map(len, files.values())):,} bytes")
    return 0


def read_package() -> dict[str, bytes]:
    """Return the wanted files of the package, by name; `legacy/build/` is left out of names."""
    with TemporaryDirectory() as scratch:
        command = ["npm", "pack", f"pdfjs-dist@{VERSION}", "--json", "--pack-destination", scratch]
        packed = subprocess.run(command, check=True, capture_output=True, text=True)
        path = Path(scratch) / json.loads(packed.stdout)[0]["filename"]
        if hashlib.sha512(path.read_bytes()).digest() != base64.b64decode(SHA512):
            raise SystemExit(f"{path.name} has another checksum than the one in this script.")
        files = {}
        with tarfile.open(path) as package:
            for member in package:
                name = member.name.removeprefix("package/")
                if member.isfile() and any(fnmatch.fnmatch(name, each) for each in WANTED):
                    content = package.extractfile(member)
                    assert content is not None
                    files[name.removeprefix("legacy/build/")] = content.read()
    return dict(sorted(files.items()))


if __name__ == "__main__":
    sys.exit(main())
