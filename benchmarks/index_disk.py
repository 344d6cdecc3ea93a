"""A guide and questions in, the size of its index beside another checkout's and equal results out.

    python benchmarks/index_disk.py data/guide.pdf data/eval/guide.jsonl --against ../before

`--against` names a folder with another version's sources, such as a git worktree of an earlier
commit. The questions are searched twice by this version: with the statements' vectors as stored,
and as they were embedded. Exits 1 if a first hit or a refusal differs.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from ragguide import Guide, load_settings
from ragguide.evaluate.formats import read_questions
from ragguide.evaluate.formats.source import open_source
from ragguide.evaluate.records import Case
from ragguide.index.store import IndexFolder

ROOT = Path(__file__).resolve().parent.parent

Found = tuple[tuple[str, ...], tuple[str, ...], bool]  # passages, quotes, whether refused


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("guide", type=Path)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--against", type=Path, required=True)
    args = parser.parse_args()
    cases = read_questions(open_source(args.cases)).cases
    with TemporaryDirectory() as folder:
        sizes = [
            ingest(source.resolve(), args.guide.resolve(), Path(folder) / name)
            for name, source in {"this": ROOT, "other": args.against}.items()
        ]
        this, other = (sum(files.values()) for files in sizes)
        for name in sorted(sizes[0]):
            print(f"{name:<18}{sizes[0][name]:>12,}{sizes[1].get(name, 0):>12,}")
        print(f"{this:,} bytes, before {other:,}: {this / other:.3f} of it")
        return 0 if compare(Path(folder) / "this", cases) else 1


def ingest(source: Path, guide: Path, indexes: Path) -> dict[str, int]:
    """Ingest by the sources in a folder; return the sizes of the index's files."""
    command = [sys.executable, "-m", "ragguide", "ingest", str(guide)]
    environ = {"PYTHONPATH": str(source), "RAGGUIDE_INDEXES_DIR": str(indexes)}
    indexes.mkdir()
    subprocess.run(
        command, env={**os.environ, **environ}, capture_output=True, check=True, cwd=indexes
    )
    return {path.name: path.stat().st_size for path in (indexes / "default" / "000001").iterdir()}


def compare(indexes: Path, cases: Sequence[Case]) -> bool:
    settings = load_settings({"indexes_dir": indexes})
    guide = Guide.open(settings=settings)
    stored = IndexFolder(indexes, "default").open().statements()
    texts = [chunk.statement_text(each) for chunk in guide.chunks for each in chunk.statements]
    vectors = guide.embed(texts)
    read = stored[:]
    cosines = (read * vectors).sum(axis=1) / np.linalg.norm(read, axis=1)
    print(f"{len(stored):,} statements; cosine at least {cosines.min():.6f}")
    found = [search(guide, statements, cases) for statements in (stored, vectors)]
    pairs = list(zip(*found, strict=True))
    first = sum(one[0][:1] == other[0][:1] for one, other in pairs)
    same = [sum(one[part] == other[part] for one, other in pairs) for part in range(3)]
    print(
        f"of {len(cases)} questions the same: first hit {first}, ten hits in order {same[0]}, "
        f"quotes {same[1]}, refusal {same[2]}"
    )
    return first == same[2] == len(cases)


def search(guide: Guide, statements: object, cases: Sequence[Case]) -> list[Found]:
    guide._searcher._engine._statements = statements
    found = []
    for case in cases:
        hits = guide.search(case.question, top_k=10)
        answer = guide.query(case.question, quotes_only=True)
        quotes = tuple(each.quote for each in answer.quotes)
        found.append((tuple(hit.chunk.id for hit in hits), quotes, answer.refused))
    return found


if __name__ == "__main__":
    raise SystemExit(main())
