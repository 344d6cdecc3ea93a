"""An imported index answers like the exported one; a hostile file leaves nothing behind."""

import hashlib
import re
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ragguide import Guide, Settings, load_settings
from ragguide.errors import (
    BundleRefused,
    IndexCorrupt,
    IndexMismatch,
    ModelError,
    RagguideError,
    UsageError,
)
from ragguide.index.bundle import LIST, MEMBERS
from ragguide.index.bundle_export import export_bundle
from ragguide.index.bundle_import import import_bundle
from ragguide.index.calibration import SHIPPED, SIGNS_VERSION, Calibration, find_calibration
from ragguide.index.notes import CALIBRATION, FolderNotes
from ragguide.index.store import IndexFolder
from ragguide.index.stores.files import FileStore
from ragguide.index.verify import verify
from ragguide.models.catalogue import CATALOGUE
from tests.cli.inside import ragguide
from tests.cli.test_commands import one_line
from tests.cli.test_commands import ragguide as ragguide_process
from tests.tiny import write_embedder

pytestmark = pytest.mark.model

NOTES = (
    "# Harbour\n\nThe crane lifts ninety tonnes.\n\n# Pier\n\nBoats moor at the pier overnight.\n"
)
QUESTION = "What does the crane lift?"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("bundles")
    (folder / "notes.md").write_text(NOTES)
    made = load_settings({"indexes_dir": folder / "indexes", "index_type": "hnsw"})
    Guide.ingest(folder / "notes.md", settings=made)
    return made


@pytest.fixture(scope="module")
def bundle(made: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "notes.zip"
    export_bundle(made, path)
    return path


@pytest.fixture
def elsewhere(tmp_path: Path) -> Settings:
    return load_settings({"indexes_dir": tmp_path / "indexes"})


def test_an_import_has_the_bytes_of_the_export(
    made: Settings, bundle: Path, elsewhere: Settings
) -> None:
    found = import_bundle(bundle, elsewhere)
    name, manifest = found.index, found.manifest
    assert found.models == ()
    assert (name, manifest.generation) == ("default", 1)
    theirs = IndexFolder(made.indexes_dir, "default").open().manifest
    assert "vectors.faiss" in manifest.files
    assert manifest.files == theirs.files
    assert (manifest.sources, manifest.request) == (theirs.sources, theirs.request)
    assert verify(FileStore(elsewhere.indexes_dir, "default")).n_faults == 0
    hits, other = (Guide.open(settings=each).search(QUESTION) for each in (made, elsewhere))
    assert hits == other
    assert "ninety tonnes" in hits[0].chunk.text


def test_an_export_is_reproducible_and_overwrites_no_file(
    made: Settings, bundle: Path, tmp_path: Path
) -> None:
    export_bundle(made, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == bundle.read_bytes()
    with pytest.raises(UsageError, match=r"again\.zip exists already"):
        export_bundle(made, tmp_path / "again.zip")
    assert [path.name for path in tmp_path.iterdir()] == ["again.zip"]


def test_a_calibration_is_bundled_and_a_forged_one_is_refused(
    bundle: Path, elsewhere: Settings, tmp_path: Path
) -> None:
    def with_own(data: bytes) -> Path:
        def change(parts: dict[str, bytes]) -> None:
            parts[CALIBRATION] = data

        return forged(bundle, tmp_path, change)

    shipped = msgspec.json.decode(SHIPPED.read_bytes(), type=Calibration)
    own = msgspec.structs.replace(shipped, bias=9.0)
    import_bundle(with_own(msgspec.json.encode(own)), elsewhere)
    folder = IndexFolder(elsewhere.indexes_dir, "default")
    assert find_calibration(FolderNotes(folder.path), folder.manifest()) == own
    export_bundle(elsewhere, tmp_path / "again.zip")
    with zipfile.ZipFile(tmp_path / "again.zip") as again:
        assert msgspec.json.decode(again.read(CALIBRATION), type=Calibration) == own
    other = load_settings({"indexes_dir": tmp_path / "other"})
    refused(
        with_own(b'{"signs_version": %d}' % SIGNS_VERSION),
        other,
        r"calibration\.json is not a calibration: .*",
    )
    (folder.path / CALIBRATION).write_text("{")
    with pytest.raises(IndexCorrupt, match=r"calibration\.json cannot be read: .* Delete it, then"):
        export_bundle(elsewhere, tmp_path / "never.zip")
    assert not (tmp_path / "never.zip").exists()


def test_an_import_can_be_rolled_back(bundle: Path, tmp_path: Path) -> None:
    there = ("--indexes-dir", tmp_path / "indexes")
    (tmp_path / "own.md").write_text("# Own\n\nThe mill grinds rye.\n")
    assert ragguide("ingest", tmp_path / "own.md", "-i", "town", *there).returncode == 0
    shown = ragguide_process("index", "import", bundle, "--as", "town", *there)
    assert (shown.returncode, shown.stdout) == (0, "town/000002: 2 passages\n")
    folder = IndexFolder(tmp_path / "indexes", "town")
    assert "crane" in folder.open().documents()[0].text
    assert ragguide("index", "rollback", "town", *there).returncode == 0
    assert "rye" in folder.open().documents()[0].text
    shown = ragguide_process("index", "export", tmp_path / "x.zip", "-i", "town", *there)
    start = re.escape(f"{tmp_path / 'x.zip'}: town, ")
    assert re.match(rf"{start}\d+ kB; requires the embedder all-", shown.stdout)


def test_vectors_of_other_weights_are_refused(bundle: Path, tmp_path: Path) -> None:
    def other(parts: dict[str, bytes]) -> None:
        change_manifest(parts, embedder_sha256="0" * 64)

    with pytest.raises(IndexMismatch, match=r"sha256 000000000000…; the embedder here is 'all-Min"):
        import_bundle(
            forged(bundle, tmp_path, other), load_settings({"indexes_dir": tmp_path / "i"})
        )
    assert not (tmp_path / "i").exists()


def test_bundled_models_are_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gguf = b"GGUF" + bytes(4000)
    spec = msgspec.structs.replace(
        CATALOGUE["smollm2-135m-instruct"],
        name="tiny",
        file_name="tiny.gguf",
        size_bytes=len(gguf),
        sha256=hashlib.sha256(gguf).hexdigest(),
    )
    monkeypatch.setitem(CATALOGUE, "tiny", spec)
    (tmp_path / "here").mkdir()
    (tmp_path / "here/tiny.gguf").write_bytes(gguf)
    (tmp_path / "notes.md").write_text(NOTES)
    embedder = write_embedder(tmp_path / "embedder")
    here = load_settings(
        {
            "indexes_dir": tmp_path / "indexes",
            "models_dir": tmp_path / "here",
            "embedder": str(embedder),
            "generator": "tiny",
        }
    )
    Guide.ingest(tmp_path / "notes.md", settings=here)
    export_bundle(here, tmp_path / "all.zip", with_models=True)
    there = load_settings({"indexes_dir": tmp_path / "i", "models_dir": tmp_path / "there"})
    found = import_bundle(tmp_path / "all.zip", there)
    home = Path(found.embedder)
    assert found.models == (tmp_path / "there/tiny.gguf", home)
    assert found.models[0].read_bytes() == gguf
    assert home.parent == tmp_path / "there/embedders"
    with_it = msgspec.structs.replace(there, embedder=found.embedder)
    hits, other = (Guide.open(settings=each).search(QUESTION) for each in (here, with_it))
    assert hits == other
    again = import_bundle(tmp_path / "all.zip", with_it)
    assert (again.models, again.manifest.generation) == ((), 2)


def test_an_embedder_of_other_weights_is_refused(
    bundle: Path, made: Settings, tmp_path: Path
) -> None:
    path = forged(bundle, tmp_path, lambda parts: parts.update({"models/embedder/x.json": b"{}"}))
    there = load_settings(
        {
            "indexes_dir": tmp_path / "i",
            "models_dir": tmp_path / "m",
            "embedder": str(tmp_path / "none"),
        }
    )
    refused(path, there, r"another embedder than the one of its vectors")
    assert not (tmp_path / "m").exists()
    (tmp_path / "model.gguf").write_bytes(b"GGUF" + bytes(40))
    own = msgspec.structs.replace(made, generator=str(tmp_path / "model.gguf"))
    with pytest.raises(
        ModelError, match=r"is not in the catalogue, so the other machine could not"
    ):
        export_bundle(own, tmp_path / "own.zip", with_models=True)
    assert not (tmp_path / "own.zip").exists()


# ── hostile ─────────────────────────────────────────────────────────────────────────────────────


def seal(parts: dict[str, bytes]) -> None:
    """Make manifest and list agree with the changed members."""
    manifest = msgspec.json.decode(parts["manifest.json"])
    for name in MEMBERS[1:]:
        manifest["files"][name] = hashlib.sha256(parts[name]).hexdigest()
    parts["manifest.json"] = msgspec.json.encode(manifest)
    told = msgspec.json.decode(parts[LIST])
    told["members"] = {
        name: {"size_bytes": len(parts[name]), "sha256": hashlib.sha256(parts[name]).hexdigest()}
        for name in parts
        if name != LIST
    }
    parts[LIST] = msgspec.json.encode(told)


def change_manifest(parts: dict[str, bytes], **values: object) -> None:
    manifest = msgspec.json.decode(parts["manifest.json"])
    parts["manifest.json"] = msgspec.json.encode(manifest | values)


def change_list(parts: dict[str, bytes], **values: object) -> None:
    parts[LIST] = msgspec.json.encode(msgspec.json.decode(parts[LIST]) | values)


def forged(
    bundle: Path, folder: Path, change: Callable[[dict[str, bytes]], object], *, sealed: bool = True
) -> Path:
    with zipfile.ZipFile(bundle) as whole:
        parts = {name: whole.read(name) for name in whole.namelist()}
    change(parts)
    if sealed:
        seal(parts)
    path = folder / "forged.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def refused(path: Path, settings: Settings, match: str) -> None:
    """Assert a one-line error, exit code 3, and no leftovers."""
    with pytest.raises(RagguideError, match=match) as caught:
        import_bundle(path, settings)
    assert caught.value.exit_code == 3
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)
    assert not settings.indexes_dir.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/evil",
        "a/b",
        "..\\evil",
        "C:\\evil",
        "extra",
        "vectors.faiss",
        "x/",
        "models/embedder/../x.json",
        "models/embedder/x.py",
        "models/embedder/pytorch_model.bin",
        "models/generator/../x.gguf",
        "models/generator/x.exe",
    ],
)
def test_an_unknown_member_is_refused(
    bundle: Path, elsewhere: Settings, tmp_path: Path, name: str
) -> None:
    path = forged(bundle, tmp_path, lambda parts: parts.update({name: b"x"}))
    refused(path, elsewhere, r"contains the unknown member ")


@pytest.mark.parametrize("name", [LIST, *MEMBERS])
def test_a_missing_member_is_named(
    bundle: Path, elsewhere: Settings, tmp_path: Path, name: str
) -> None:
    path = forged(bundle, tmp_path, lambda parts: parts.pop(name), sealed=False)
    refused(path, elsewhere, rf"is incomplete: it lacks {name}")


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
def test_a_link_or_device_is_refused(
    bundle: Path, elsewhere: Settings, tmp_path: Path, mode: int
) -> None:
    path = tmp_path / "links.zip"
    with zipfile.ZipFile(bundle) as whole, zipfile.ZipFile(path, "w") as archive:
        for name in whole.namelist():
            member = zipfile.ZipInfo(name)
            if name == "chunks.jsonl":
                member.external_attr = (mode | 0o777) << 16
            archive.writestr(member, whole.read(name))
    refused(path, elsewhere, r"chunks\.jsonl is a link or device, not a file")


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_two_members_of_one_name_are_refused(
    bundle: Path, elsewhere: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "twice.zip"
    path.write_bytes(bundle.read_bytes())
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("chunks.jsonl", b"x")
    refused(path, elsewhere, r"two members of the same name")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(
    bundle: Path, elsewhere: Settings, tmp_path: Path
) -> None:
    path = forged(
        bundle, tmp_path, lambda parts: parts.update({"chunks.jsonl": bytes(150_000_000)})
    )
    assert path.stat().st_size < 200_000
    refused(path, elsewhere, r"would unpack to 150,\d{3},\d{3} bytes: a zip bomb")


def test_a_list_that_is_too_long_is_refused(
    bundle: Path, elsewhere: Settings, tmp_path: Path
) -> None:
    path = forged(bundle, tmp_path, lambda parts: parts.update({LIST: b" " * 70_000}), sealed=False)
    refused(path, elsewhere, r"bundle\.json is larger than 65,536 bytes")


def _bytes_of(parts: dict[str, bytes], array: np.ndarray) -> None:
    head = parts["vectors.npy"][:128]
    parts["vectors.npy"] = head + array.astype(np.float32).tobytes()


@pytest.mark.parametrize(
    ("change", "sealed", "match"),
    [
        (
            lambda p: p.update({"chunks.jsonl": p["chunks.jsonl"] + b"\n"}),
            False,
            r"has .* bytes, but",
        ),
        (
            lambda p: p.update({"chunks.jsonl": p["chunks.jsonl"].replace(b"crane", b"drone")}),
            False,
            r"chunks\.jsonl is damaged: its sha256 differs",
        ),
        (
            lambda p: p.update({"chunks.jsonl": p["chunks.jsonl"].replace(b"crane", b"drone")}),
            True,
            r"is inconsistent: .* do not match their document",
        ),
        (lambda p: p.update({"documents.jsonl": b"[]"}), True, r"has no valid documents"),
        (lambda p: p.update({"vectors.npy": b"\x80\x04pickle"}), True, r"not a matrix of vectors"),
        (
            lambda p: _bytes_of(p, np.full((2, 384), np.nan)),
            True,
            r"vectors are not of length 1",
        ),
        (lambda p: change_manifest(p, files={}), True, None),
        (lambda p: change_manifest(p, surprise=1), True, r"manifest\.json is damaged: .*surprise"),
        (lambda p: change_manifest(p, format_version=99), True, r"has format 99, this ragguide"),
        (lambda p: change_manifest(p, text_version=99), True, r"splits documents differently"),
        (lambda p: change_manifest(p, n_chunks=0), True, r"it has no passages"),
        (lambda p: change_manifest(p, chunk_tokens=10**9), True, r"chunk_tokens = 1000000000"),
        (
            lambda p: p.update({"models/generator/x.gguf": b"GGUF"}),
            True,
            r"not a generator of the cat",
        ),
        (lambda p: p.update({"models/embedder/x.json": b"{}"}), True, None),
        (lambda p: change_list(p, index="../evil"), True, r"'\.\./evil' is not a valid index name"),
        (lambda p: change_list(p, format_version=2), True, r"has format 2, this ragguide reads 1"),
        (lambda p: change_list(p, surprise=2), True, r"not a list of members: .*surprise"),
        (
            lambda p: p.update({LIST: b"[" * 60_000}),
            False,
            r"is not a list of members|is not a bundle",
        ),
    ],
)
def test_inconsistent_contents_are_refused(
    bundle: Path,
    elsewhere: Settings,
    tmp_path: Path,
    change: Callable[[dict[str, bytes]], object],
    sealed: bool,
    match: str | None,
) -> None:
    path = forged(bundle, tmp_path, change, sealed=sealed)
    if (
        match is None
    ):  # file names in the manifest do not matter: the import reads only the five members
        assert import_bundle(path, elsewhere).manifest.n_chunks == 2
    else:
        refused(path, elsewhere, match)


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_a_flipped_byte_or_truncation_is_refused_or_harmless(
    bundle: Path, tmp_path: Path, data: st.DataObject
) -> None:
    whole = bundle.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    if data.draw(st.booleans()):
        hurt = bytearray(whole)
        hurt[at] ^= data.draw(st.integers(1, 255))
    else:
        hurt = bytearray(whole[:at])
    path = tmp_path / "hurt.zip"
    path.write_bytes(hurt)
    elsewhere = load_settings({"indexes_dir": tmp_path / "indexes"})
    try:
        import_bundle(path, elsewhere, name="hurt")
    except BundleRefused as exc:
        one_line(f"ragguide: {exc}\n")
        assert not elsewhere.indexes_dir.exists()
    else:  # a byte without meaning, such as a date
        (found,) = verify(FileStore(elsewhere.indexes_dir, "hurt")).generations[:1]
        assert found.faults == ()
        folder = IndexFolder(elsewhere.indexes_dir, "hurt")
        with folder.writing():
            folder.remove()
        elsewhere.indexes_dir.rmdir()


def test_a_missing_file_or_no_zip_gives_a_one_line_error(tmp_path: Path) -> None:
    there = ("--indexes-dir", tmp_path / "indexes")
    shown = ragguide("index", "import", tmp_path / "none.zip", *there)
    assert (shown.returncode, shown.stdout) == (2, "")
    (tmp_path / "text.zip").write_text("no zip")
    shown = ragguide("index", "import", tmp_path / "text.zip", *there)
    assert shown.returncode == 3
    assert shown.stderr.splitlines()[-1].startswith(
        f"ragguide: {tmp_path / 'text.zip'} is not a bundle"
    )
    assert one_line(shown.stderr.splitlines()[-1] + "\n")
    assert not (tmp_path / "indexes").exists()
