"""An Office file in, the parts that belong to one of its parts, and embedded files, out."""

import posixpath
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path

_EMBEDDED = ("/embeddings/", "/activeX/")
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


def parse(archive: zipfile.ZipFile, part: str) -> ET.Element:
    """Parse the XML of a part; `check_office` has rejected files with entities."""
    return ET.fromstring(archive.read(part))  # noqa: S314


def related(archive: zipfile.ZipFile, part: str, kind: str) -> Iterator[str]:
    """Yield the names of the parts of a kind, such as `comments`, that belong to a part."""
    folder, name = posixpath.split(part)
    names = set(archive.namelist())
    links = f"{folder}/_rels/{name}.rels"
    if links not in names:
        return
    for link in parse(archive, links).iter(_RELATION):
        target = link.get("Target", "")
        found = posixpath.normpath(posixpath.join(folder, target)) if target[:1] != "/" else target
        if link.get("Type", "").endswith(f"/{kind}") and found.lstrip("/") in names:
            yield found.lstrip("/")


def report_embedded(path: Path) -> Iterator[str]:
    """Yield a report of the files inside an Office file, which ragguide does not read."""
    with zipfile.ZipFile(path) as archive:
        names = sorted(name for name in archive.namelist() if any(e in name for e in _EMBEDDED))
    files = [posixpath.basename(name) for name in names if not name.endswith((".rels", "/"))]
    if files:
        yield f"embedded files ({', '.join(files[:3])}{', …' if len(files) > 3 else ''}). Save " + (
            "each as a file of its own to include it."
        )
