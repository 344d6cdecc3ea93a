"""An index that is hurt in many ways in, what it still answers out: each proof counts its failures.

    python benchmarks/generations.py kills --n 200
    python benchmarks/generations.py full-disk --n 100
    python benchmarks/generations.py readers --n 20
    python benchmarks/generations.py corruptions --n 500

`kills` sends SIGKILL at random moments of `ingest` and `update`, half of them while a generation is
written; `full-disk` limits the size of a file at random; `readers` has 8 processes search through
n switches and n rollbacks; `corruptions` flips, cuts, swaps and forges files. All take `--seed`. A
document of two editions is read in a temporary folder; commands run in forked children, from the
command line's own entry on. Exits 1 if anything fails.
"""

import argparse
import json
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from ragguide import Guide, load_settings
from ragguide.cli import app
from ragguide.errors import RagguideError
from ragguide.index.generation import DOCUMENTS
from ragguide.index.pointer import Pointer, encode
from ragguide.index.stores.files import FileStore
from ragguide.index.verify import verify

if TYPE_CHECKING:
    from ragguide.types import Embedder

QUESTION = "When does the north gate open?"
TOPICS = ["north gate", "lighthouse", "ferry", "market", "archive", "greenhouse", "mill", "harbour"]
N_READERS = 8


class Scene:
    """One document, its index, and what can be done to both."""

    def __init__(self, folder: Path) -> None:
        self.document = folder / "town.md"
        self.settings = load_settings({"indexes_dir": folder / "indexes", "threads": 1}, cwd=folder)
        self.folder = FileStore(self.settings.indexes_dir, self.settings.index)
        self.index_type = "hnsw"  # so that there is a file for FAISS to read
        for edition in (1, 2):  # both are embedded once, and the model is exported
            self.print_edition(edition)
            assert self.run("ingest", self.document)[0] == 0
        self._embedder: Embedder | None = None  # loaded after a fork: its threads are not forked

    def print_edition(self, number: int) -> None:
        """Write the document; each passage tells its edition."""
        hours = (f"The {topic} opens at {number * 3 + i} o'clock" for i, topic in enumerate(TOPICS))
        sections = (
            f"## Of the {topic}\n\n{told}, says edition {number}.\n"
            for topic, told in zip(TOPICS, hours, strict=True)
        )
        self.document.write_text("# The town\n\n" + "\n".join(sections))

    def fork(self, child: Callable[[], object]) -> int:
        """Start a function in a process of its own."""
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            return pid
        code = 70
        try:
            child()
            code = 0
        except SystemExit as exc:
            code = int(exc.code or 0)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def command(self, *words: object) -> None:
        """Be `ragguide` with these words."""
        extra = ["--index-type", self.index_type] if words[0] == "ingest" else []
        there = ["--indexes-dir", self.settings.indexes_dir]
        os.environ["RAGGUIDE_THREADS"] = "1"
        sys.argv = ["ragguide", *map(str, [*words, *extra, *there])]
        app.main()

    def start(self, *words: object, before: Callable[[], None] = lambda: None) -> tuple[int, Path]:
        """Start a command; return its pid and the file that takes what it says on stderr."""
        told = self.document.parent / "stderr"

        def child() -> None:
            os.dup2(os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            before()
            self.command(*words)

        return self.fork(child), told

    def run(self, *words: object, before: Callable[[], None] = lambda: None) -> tuple[int, str]:
        """Run a command to its end; return its exit code, or minus its signal, and its stderr."""
        pid, told = self.start(*words, before=before)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return code, told.read_text()

    def open(self) -> Guide:
        guide = Guide.open(settings=self.settings, embedder=self._embedder)
        self._embedder = guide.embedder
        return guide

    def answer(self) -> tuple[int, int]:
        """Generation and edition that a search is answered by; all of it must be of one."""
        guide = self.open()
        editions = {edition_of(hit.chunk.text) for hit in guide.search(QUESTION, top_k=4)}
        editions |= {edition_of(chunk.text) for chunk in guide.chunks}
        editions |= {edition_of(document.text) for document in guide.documents()}
        (edition,) = editions
        return guide.manifest.generation, edition

    def strays(self) -> set[str]:
        """What stands in the index's folder and should not."""
        own = {"CURRENT", "write.lock", *(f"{n:06d}" for n in self.folder.pointer().manifests)}
        return ({path.name for path in self.folder.path.iterdir()} | {"write.lock"}) ^ own


def edition_of(text: str) -> int:
    """Raises `ValueError` if a text tells of two."""
    (edition,) = {part[0] for part in text.split("edition ")[1:]}
    return int(edition)


def kills(scene: Scene, n: int, rng: random.Random) -> Counter[str]:
    """Kill `ingest` and `update` in turn."""
    outcomes: Counter[str] = Counter()
    began = time.monotonic()
    for _ in range(3):
        assert scene.run("ingest", scene.document, "--rebuild")[0] == 0
    whole_s = (time.monotonic() - began) / 3
    for i in range(n):
        before = scene.answer()
        scene.print_edition(3 - before[1])
        words = ("update",) if i % 2 else ("ingest", scene.document)
        pid, _ = scene.start(*words)
        in_write = rng.random() < 0.5
        deadline = time.monotonic() + 30
        while in_write and time.monotonic() < deadline and os.waitpid(pid, os.WNOHANG)[0] == 0:
            if any(scene.folder.path.glob(".writing-*")):
                break
        time.sleep(rng.uniform(0, 0.15 * whole_s if in_write else 1.1 * whole_s))
        try:
            os.kill(pid, signal.SIGKILL)
            status = os.waitpid(pid, 0)[1]
        except (ProcessLookupError, ChildProcessError):
            status = 0
        was_killed = os.WIFSIGNALED(status)
        outcomes["killed" if was_killed else "done before"] += 1
        outcomes["killed, left strays"] += was_killed and bool(scene.strays())
        try:
            after = scene.answer()
            outcomes["new generation"] += after != before
            outcomes["old generation"] += after == before
            if after != before and after != (after[0], 3 - before[1]):
                outcomes["FAILED: neither old nor new"] += 1
        except (RagguideError, ValueError) as exc:
            outcomes[f"FAILED: {exc}"] += 1
        if faults := [fault for each in verify(scene.folder).generations for fault in each.faults]:
            outcomes[f"FAILED: {faults}"] += 1
        if i % 5 == 4 or i == n - 1:
            code, told = scene.run("ingest", scene.document, "--rebuild")
            if code or scene.strays():
                outcomes[f"FAILED: the next run: {code} {told} {scene.strays()}"] += 1
            outcomes["next runs, no stray left"] += 1
    return outcomes


def full_disk(scene: Scene, n: int, rng: random.Random) -> Counter[str]:
    """Let no file grow beyond a limit, somewhere below the largest that is written."""
    outcomes: Counter[str] = Counter()
    largest = max(path.stat().st_size for path in scene.folder.path.rglob("*") if path.is_file())
    for i in range(n):
        before = scene.answer(), scene.folder.pointer()
        scene.print_edition(3 - before[0][1])
        limit = rng.choice([rng.randrange(largest), rng.randrange(2000)])

        def limited(limit: int = limit) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        words = ("update",) if i % 2 else ("ingest", scene.document)
        # stderr goes to a pipe, which has no size
        code, told = piped(scene, words, limited)
        # The cache of vectors is on that disk too, and says so; it is not needed.
        lines = [line for line in told.splitlines() if line.startswith("ragguide: cannot write ")]
        after = scene.answer(), scene.folder.pointer()
        if code == 3 and len(lines) == 1 and "Traceback" not in told and after == before:
            outcomes["one line, exit code 3, old index whole"] += 1
        else:
            outcomes[f"FAILED: limit {limit}: {code} {told!r}"] += 1
        if scene.strays() or verify(scene.folder).n_faults:
            outcomes[f"FAILED: {scene.strays()}"] += 1
    return outcomes


def piped(scene: Scene, words: Sequence[object], before: Callable[[], None]) -> tuple[int, str]:
    """Run a command as `Scene.run` does, with its stderr read from a pipe."""
    read, write = os.pipe()

    def child() -> None:
        os.dup2(write, 2)
        os.dup2(write, 1)
        os.close(read)
        before()
        scene.command(*words)

    pid = scene.fork(child)
    os.close(write)
    with os.fdopen(read) as told:
        text = told.read()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), text


def readers(scene: Scene, n: int, rng: random.Random) -> Counter[str]:
    """Search from 8 processes while the index is switched and gone back from."""
    stop = scene.document.parent / "stop"
    editions = {scene.folder.pointer().in_use: 2}

    def read(place: int) -> None:
        seen: Counter[str] = Counter()
        while not stop.exists():
            try:
                number, edition = scene.answer()
                seen[f"{number} {edition}"] += 1
            except Exception as exc:
                seen[f"FAILED: {type(exc).__name__}: {exc}"] += 1
            time.sleep(0.02)
        (scene.document.parent / f"seen-{place}").write_text(json.dumps(seen))

    pids = [scene.fork(lambda place=place: read(place)) for place in range(N_READERS)]
    outcomes: Counter[str] = Counter()
    for _ in range(n):
        scene.print_edition(3 - scene.answer()[1])
        code, told = scene.run("ingest", scene.document, "--rebuild", "--keep", 2)
        number, edition = scene.answer()
        editions[number] = edition
        outcomes["switches"] += code == 0
        time.sleep(rng.uniform(0, 0.2))
        back, told_back = scene.run("index", "rollback")
        outcomes["rollbacks"] += back == 0
        if code or back:
            outcomes[f"FAILED: {code} {told!r} {back} {told_back!r}"] += 1
    stop.touch()
    for place, pid in enumerate(pids):
        os.waitpid(pid, 0)
        seen = json.loads((scene.document.parent / f"seen-{place}").read_text())
        outcomes["generations seen, by all readers"] += len(seen)
        for told, times in seen.items():
            if told.startswith("FAILED"):
                outcomes[told] += times
                continue
            number, edition = map(int, told.split())
            right = editions.get(number, edition) == edition
            outcomes["answers of one whole generation" if right else f"FAILED: {told}"] += times
    return outcomes


def corruptions(scene: Scene, n: int, rng: random.Random) -> Counter[str]:
    """Damage one file of the generation in use, and search; of an older one, and verify."""
    outcomes: Counter[str] = Counter()
    whole = scene.document.parent / "whole"
    shutil.copytree(scene.folder.path, whole)
    in_use, *others = scene.folder.pointer().manifests
    for _ in range(n):
        shutil.rmtree(scene.folder.path)
        shutil.copytree(whole, scene.folder.path)
        number = in_use if rng.random() < 0.7 else rng.choice(others)
        kind, names = damage(scene.folder, number, rng)
        is_searched = number == in_use and DOCUMENTS not in names  # no search reads them
        words = ("search", QUESTION) if is_searched else ("index", "verify")
        code, told = piped(scene, words, lambda: None)
        named = any(name in told for name in names)
        n_lines = told.count("\n")
        if (
            code == 3
            and named
            and "Traceback" not in told
            and (words[0] != "search" or n_lines == 1)
        ):
            outcomes[f"{kind}: refused by name"] += 1
        else:
            outcomes[f"FAILED: {kind} {names}: {code} {told!r}"] += 1
    shutil.rmtree(scene.folder.path)
    whole.rename(scene.folder.path)
    assert verify(scene.folder).n_faults == 0
    return outcomes


def damage(folder: FileStore, number: int, rng: random.Random) -> tuple[str, list[str]]:
    """Hurt a generation; return how, and the files of which one must be named."""
    home = folder.folder_of(number)
    files = sorted(home.iterdir())
    path = rng.choice([*files, folder.path / "CURRENT"])
    data = path.read_bytes()
    kind = rng.choice(["flip", "flip", "cut", "grow", "swap", "older", "gone", "forged"])
    if kind == "flip":
        at, flipped = rng.randrange(len(data)), bytearray(data)
        flipped[at] ^= 1 << rng.randrange(8)
        path.write_bytes(flipped)
    elif kind == "cut":
        path.write_bytes(data[: rng.randrange(len(data))])
    elif kind == "grow":
        path.write_bytes(data + rng.randbytes(rng.randint(1, 64)))
    elif kind == "gone":
        path = rng.choice(files)
        path.unlink()
    elif kind == "swap":
        path, other = rng.sample(files, 2)
        one, two = path.read_bytes(), other.read_bytes()
        path.write_bytes(two)
        other.write_bytes(one)
        return kind, [path.name, other.name]
    elif kind == "older":  # the file of the same name of another edition
        others = [each for each in folder.generations() if each != home]
        names = [each for each in files if not same(each, rng.choice(others) / each.name)]
        path = rng.choice(names)
        other = next(each / path.name for each in others if not same(path, each / path.name))
        path.write_bytes(other.read_bytes())
    else:
        forge(folder, number, rng)
        path = home / "manifest.json"
    return kind, [path.name]


def same(one: Path, two: Path) -> bool:
    return one.read_bytes() == two.read_bytes()


def forge(folder: FileStore, number: int, rng: random.Random) -> None:
    """Write a manifest that names a file outside, and a pointer that vouches for it."""
    path = folder.folder_of(number) / "manifest.json"
    manifest = msgspec.json.decode(path.read_bytes())
    name = rng.choice(["../CURRENT", "/etc/passwd", "..", "a/../../b", "C:\\x", "", "a\0b"])
    manifest["files"][name] = "0" * 64
    path.write_bytes(msgspec.json.encode(manifest))
    pointer = folder.pointer()
    manifests = pointer.manifests | {number: sha256(path.read_bytes()).hexdigest()}
    (folder.path / "CURRENT").write_bytes(encode(Pointer(manifests, pointer.next_number)))


PROOFS = {"kills": kills, "full-disk": full_disk, "readers": readers, "corruptions": corruptions}


def prove(proof: str, n: int, seed: int) -> Counter[str]:
    """Run a proof in a folder of its own; what begins with FAILED did."""
    with tempfile.TemporaryDirectory() as folder:
        return PROOFS[proof](Scene(Path(folder)), n, random.Random(seed))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("proof", choices=PROOFS)
    parser.add_argument("--n", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    began = time.monotonic()
    outcomes = prove(args.proof, args.n, args.seed)
    for outcome, times in sorted(outcomes.items()):
        print(f"{times:6,d}  {outcome}")
    print(f"{time.monotonic() - began:.0f} s")
    return int(any(outcome.startswith("FAILED") for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main())
