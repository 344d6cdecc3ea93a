"""An Office file in, the parts that belong to one of its parts, and embedded files, out."""

import posixpath
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ragguide.create.formats.files import list_names

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


def report_unread(path: Path, drawn: Mapping[str, str]) -> Iterator[str]:
    """Yield a report of what ragguide does not read of an Office file.

    Args:
        path: of the file.
        drawn: start of a part's name, without the program's folder → what such parts are.
    """
    with zipfile.ZipFile(path) as archive:
        files = _embedded(archive)
        parts = [name.partition("/")[2] for name in archive.namelist()]
    if files:
        yield f"embedded files ({list_names(files)}). Save each as a file of its own to include it."
    for start, what in drawn.items():
        count = sum(part.startswith(start) for part in parts)
        if count:
            yield f"{what} ({count}). Print the document to PDF and read that to include them."


def _embedded(archive: zipfile.ZipFile) -> list[str]:
    """Return the names of embedded files, without the data behind charts."""
    names = archive.namelist()
    charts = [name for name in names if name.partition("/")[2].startswith("charts/chart")]
    behind = {data for chart in charts for data in related(archive, chart, "package")}
    inside = [name for name in names if "/embeddings/" in name and "/_rels/" not in name]
    found = (posixpath.basename(name) for name in inside if name not in behind)
    return sorted(filter(None, found))  # a folder has an entry of its own
