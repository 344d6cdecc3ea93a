"""Installed packages in, a BEIR folder out: documentation as the documents, summaries as questions.

    python benchmarks/beir_set.py FOLDER --documents 3000 --questions 300

A document is the docstring of a function or class of numpy, scipy or scikit-learn, without its
first sentence; that sentence is the question that the document answers. So a set of real prose is
made on any machine, from what is installed, without a download.
"""

import argparse
import ast
import importlib.util
import inspect
import random
import re
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from ragguide.evaluate.cases import QuestionSet, TextDocument
from ragguide.evaluate.formats import find_format
from ragguide.evaluate.records import Case

PACKAGES = {"numpy": "numpy", "scipy": "scipy", "sklearn": "scikit-learn"}  # module → package
MIN_WORDS = 40  # of a document
SUMMARY_WORDS = range(5, 25)
SEED = 0

_SUMMARY = re.compile(r"(?s)(?P<summary>.+?\.)(?=\s)\s*(?P<rest>.+)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_Plain)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--documents", type=int, default=3000)
    parser.add_argument("--questions", type=int, default=300)
    args = parser.parse_args()
    questions = make_set(args.documents, args.questions)
    find_format("beir").write(questions, args.folder)
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in PACKAGES.values())
    print(f"{len(questions.documents)} documents, {len(questions.cases)} questions of {versions}")


class _Plain(argparse.RawDescriptionHelpFormatter):
    pass


def make_set(n_documents: int, n_questions: int) -> QuestionSet:
    """Choose documents and questions to some of them, the same each time for the same versions."""
    found = {summary: (name, rest) for name, summary, rest in _docstrings()}  # a summary asks once
    rng = random.Random(SEED)
    chosen = rng.sample(
        sorted(found.items(), key=lambda item: item[1]), min(n_documents, len(found))
    )
    return QuestionSet(
        name="docstrings",
        documents=tuple(
            TextDocument(name=name, title=name.rpartition(".")[2], text=rest)
            for _, (name, rest) in chosen
        ),
        cases=tuple(
            Case(id=name, question=summary, relevant={name: 1})
            for summary, (name, _) in chosen[:n_questions]
        ),
    )


def _docstrings() -> Iterator[tuple[str, str, str]]:
    """Yield name, first sentence and the rest of each docstring that is long enough."""
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        root = Path(spec.origin).parent
        for path in sorted(root.rglob("*.py")):
            place = path.relative_to(root.parent).with_suffix("")
            if "tests" in place.parts:
                continue
            module = ".".join(place.parts).removesuffix(".__init__")
            yield from _of_module(module, ast.parse(path.read_text("utf-8")))


def _of_module(module: str, tree: ast.Module) -> Iterator[tuple[str, str, str]]:
    seen: set[str] = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        match = _SUMMARY.match(inspect.cleandoc(ast.get_docstring(node) or ""))
        name = f"{module}.{node.name}"
        if match is None or name in seen:
            continue
        summary, rest = " ".join(match["summary"].split()), match["rest"]
        if len(rest.split()) >= MIN_WORDS and len(summary.split()) in SUMMARY_WORDS:
            seen.add(name)
            yield name, summary, rest


if __name__ == "__main__":
    main()
