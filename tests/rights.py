"""Made-up documents for groups, an index of all, and indexes that never had the others.

Each document has words of its own that no other has, an acronym, and a list to count.
"""

import re
import shutil
from pathlib import Path
from typing import NamedTuple

import msgspec

from ragguide import Guide, Settings
from ragguide.cli.filters import read_allow
from ragguide.create.read import ReadOptions


class Paper(NamedTuple):
    """A document, its readers, and what must not show to others."""

    groups: str
    text: str
    markers: tuple[str, ...]


PAPERS = {
    "ferry.md": Paper(
        "everyone",
        "# The ferry\n\nThe north ferry crosses the strait twice a day. A ticket costs 12 crowns. "
        "The ferry carries horses if they are quiet.\n\n## Rules aboard\n\nThe rules are:\n\n"
        "- no fires on deck\n- no fishing from the stern\n- no whistling at night\n\n"
        "The Central Harbour Office (CHO) prints the timetable.\n",
        (),
    ),
    "kitchen.md": Paper(
        "everyone",
        "# The kitchen\n\nRye bread rises slowly. Bake it for an hour at a low heat. Oat milk "
        "keeps a week in the cellar. The cook locks the pantry at nine.\n",
        (),
    ),
    "payroll.md": Paper(
        "hr",
        "# Grimbold payroll\n\nA clerk of grade Zorbulan earns 9,431 crowns. The quixotrope bonus "
        "is paid in spring, and the horses of the ferry get none.\n\n## Allowances\n\n"
        "The allowances are:\n\n- murkwell allowance\n- plinderby allowance\n\n"
        "The Wandering Vaults Treasury (WVT) pays them.\n",
        ("grimbold", "payroll", "zorbulan", "9,431", "quixotrope", "murkwell", "plinderby",
         "wandering vaults", "wvt"),
    ),
    "merger.md": Paper(
        "board",
        "# Snarvik merger\n\nThe board buys Snarvik Barges for 77,310 crowns. The ferry is sold to "
        "the Ostrelund league. Rye bread is no longer baked.\n\n## Steps\n\nThe steps are:\n\n"
        "1. sign the vellomark deed\n2. tell the crew\n3. paint the hulls\n4. sell the pantry\n\n"
        "The Joint Ostrelund Kontor (JOKX) keeps the deed.\n",
        ("snarvik", "merger", "77,310", "ostrelund", "vellomark", "jokx"),
    ),
    "rota.md": Paper(
        "hr,crew",
        "# Dormitory rota\n\nThe hollinstead shift begins at four. A sailor of the tarnquist watch "
        "sleeps on Sundays.\n",
        ("dormitory", "rota", "hollinstead", "tarnquist"),
    ),
}  # fmt: skip
RULES = [f"{name}={paper.groups}" for name, paper in PAPERS.items()]
READERS = ((), ("crew",), ("hr",), ("board",), ("crew", "board"))


def papers_for(groups: tuple[str, ...]) -> list[str]:
    """The names of the files that groups may read."""
    may = {"everyone", *groups}
    return [name for name, paper in PAPERS.items() if may & set(paper.groups.split(","))]


def markers_hidden_from(groups: tuple[str, ...]) -> list[str]:
    seen = papers_for(groups)
    return [mark for name, paper in PAPERS.items() if name not in seen for mark in paper.markers]


def ingest_all(settings: Settings, folder: Path) -> None:
    """Make an index of all papers, with rights, and for each reader one without the others.

    Those have no rights, the same name, and the same number of generation.
    """
    write_papers(folder)
    Guide.ingest(
        *(folder / name for name in PAPERS),
        settings=settings,
        options=ReadOptions(allow=read_allow(RULES)),
    )
    for groups in READERS:
        papers = (folder / name for name in papers_for(groups))
        Guide.ingest(*papers, settings=control_of(settings, groups))


def control_of(settings: Settings, groups: tuple[str, ...]) -> Settings:
    """Where the index is that never had what a reader may not read."""
    folder = settings.indexes_dir / "-".join(("only", *groups))
    return msgspec.structs.replace(settings, indexes_dir=folder, groups="")


def write_papers(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name, paper in PAPERS.items():
        (folder / name).write_text(paper.text, "utf-8")


def without_times(text: str) -> str:
    """Take out what differs between two replies to the same request."""
    text = re.sub(r'"timings_s\\?":\{[^}]*\}', "", text)
    text = re.sub(r'"created":\d+', "", text)
    text = re.sub(r"chatcmpl-[0-9a-f]+", "", text)
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", "", text)
