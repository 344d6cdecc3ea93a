from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from ragguide.config import Settings, change_settings, load_settings
from ragguide.errors import SettingsError

LAYERS = ["default", "user file", "project file", "environment", "flag"]  # each beats those before


class Place:
    """A working folder below a project's, and a user's file: what `load_settings` reads."""

    def __init__(self, root: Path) -> None:
        self.user_file = root / "home" / "ragguide.toml"
        self.project_file = root / "project" / "ragguide.toml"
        self.cwd = root / "project" / "src" / "deep"
        self.user_file.parent.mkdir()
        self.cwd.mkdir(parents=True)

    def load(
        self, flags: Mapping[str, object] | None = None, environ: Mapping[str, str] | None = None
    ) -> Settings:
        return load_settings(flags, environ=environ or {}, cwd=self.cwd, user_file=self.user_file)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


# ── precedence ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("highest", range(len(LAYERS)), ids=LAYERS)
def test_each_layer_beats_those_below_it(place, highest):
    given = LAYERS[: highest + 1]
    if "user file" in given:
        place.user_file.write_text("top_k = 11\nseed = 1")
    if "project file" in given:
        place.project_file.write_text("top_k = 12")
    environ = {"RAGGUIDE_TOP_K": "13"} if "environment" in given else {}
    flags = {"top_k": 14 if "flag" in given else None}  # None: the flag was not given

    settings = place.load(flags, environ)

    assert settings.top_k == [5, 11, 12, 13, 14][highest]
    assert settings.seed == (1 if "user file" in given else 0)  # what no layer above names stays


def test_defaults_apply_without_any_layer(place):
    assert place.load() == Settings()


def test_the_process_environment_is_read_when_none_is_given(place, monkeypatch):
    monkeypatch.setenv("RAGGUIDE_TOP_K", "7")
    assert load_settings(cwd=place.cwd, user_file=place.user_file).top_k == 7


def test_the_nearest_project_file_is_the_only_one_read(place):
    place.project_file.write_text("top_k = 7\nseed = 7")
    (place.cwd.parent / "ragguide.toml").write_text("top_k = 8")
    assert (place.load().top_k, place.load().seed) == (8, 0)
    (place.cwd / "ragguide.toml").write_text("top_k = 9")
    assert place.load().top_k == 9


def test_a_folder_named_like_the_project_file_is_skipped(place):
    place.project_file.write_text("top_k = 7")
    (place.cwd / "ragguide.toml").mkdir()
    assert place.load().top_k == 7


# ── paths ───────────────────────────────────────────────────────────────────────────────────────


def test_indexes_dir_of_a_project_file_is_relative_to_that_file(place):
    place.project_file.write_text("indexes_dir = 'kept/here'")
    assert place.load().indexes_dir == place.project_file.parent / "kept/here"


def test_runs_dir_of_a_project_file_is_relative_to_that_file(place):
    place.project_file.write_text("runs_dir = 'kept/runs'")
    assert place.load().runs_dir == place.project_file.parent / "kept/runs"


def test_an_absolute_indexes_dir_is_unchanged(place, tmp_path):
    place.project_file.write_text(f"indexes_dir = {str(tmp_path / 'all')!r}")
    assert place.load().indexes_dir == tmp_path / "all"


def test_indexes_dir_from_elsewhere_is_relative_to_the_working_folder(place):
    place.user_file.write_text("indexes_dir = 'of-user'")
    assert place.load().indexes_dir == Path("of-user")
    environ = {"RAGGUIDE_INDEXES_DIR": "of-environment"}
    assert place.load(environ=environ).indexes_dir == Path("of-environment")
    flags = {"indexes_dir": Path("of-flag")}
    assert place.load(flags, environ).indexes_dir == Path("of-flag")


# ── unknown names ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("file", ["user_file", "project_file"])
def test_an_unknown_key_of_a_file_gets_the_nearest_name(place, file):
    path = getattr(place, file)
    path.write_text("top_q = 3")
    with pytest.raises(SettingsError, match="unknown setting") as caught:
        place.load()
    assert str(caught.value) == f"{path} has the unknown setting 'top_q'. Did you mean 'top_k'?"


def test_a_key_without_a_similar_name_gets_the_list(place):
    place.project_file.write_text("[colours]\nerror = 'red'")
    with pytest.raises(SettingsError, match=r"unknown setting 'colours'\. Known: index, indexes_d"):
        place.load()


def test_an_invalid_choice_gets_the_list(place):
    with pytest.raises(SettingsError, match="choose one of") as caught:
        place.load({"index_type": "hsnw"})
    assert str(caught.value) == (
        "the command line: index_type = 'hsnw': choose one of auto, flat, hnsw, ivf, ivfpq."
    )


@pytest.mark.parametrize("value", ["gpu", "cuda:", "cuda:x", "CUDA", "mps"])
def test_an_invalid_device_gets_the_list(place, value):
    with pytest.raises(SettingsError, match="choose auto, cpu, cuda, or a numbered card"):
        place.load({"device": value})


def test_a_part_has_the_device_of_all_unless_it_has_its_own(place):
    settings = place.load({"device": "cuda:1", "search_device": "cpu"})
    assert settings.device_of("embedding") == settings.device_of("generation") == "cuda:1"
    assert settings.device_of("search") == "cpu"
    assert place.load().device_of("search") == "auto"


def test_an_unknown_variable_gets_the_nearest_name(place):
    match = "^the environment has the unknown setting 'RAGGUIDE_GENERATR'. Did you mean 'generator'"
    with pytest.raises(SettingsError, match=match):
        place.load(environ={"RAGGUIDE_GENERATR": "tiny"})


def test_an_unknown_flag_gets_the_nearest_name(place):
    match = "^the command line has the unknown setting 'topk'. Did you mean 'top_k'"
    with pytest.raises(SettingsError, match=match):
        place.load({"topk": 3})


def test_other_variables_are_not_settings(place):
    environ = {"RAGGUIDE_VENV": "x", "RAGGUIDE_REAL_GUIDE": "x", "TOP_K": "7", "RAGGUIDES": "x"}
    assert place.load(environ=environ) == Settings()


# ── wrong values ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("file", ["user_file", "project_file"])
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("top_k = 0", "top_k = 0: Expected `int` >= 1"),
        ("top_k = 101", "top_k = 101: Expected `int` <= 100"),
        ("top_k = '5'", "top_k = '5': Expected `int`, got `str`"),  # TOML has types: no parsing
        ("top_k = 5.0", "top_k = 5.0: Expected `int`, got `float`"),
        ("top_k = true", "top_k = True: Expected `int`, got `bool`"),
        ("dense_weight = 1.5", "dense_weight = 1.5: Expected `float` <= 1.0"),
        ("dense_weight = nan", "dense_weight = nan: Expected `float` >= 0.0"),
        ("parse_timeout_s = inf", "parse_timeout_s = inf: Expected `float` <= 86400.0"),
        ("embedder = 3", "embedder = 3: Expected `str`, got `int`"),
        ("models_dir = 3", "models_dir = 3: .*not int"),
        ("indexes_dir = ['a']", r"indexes_dir = \['a'\]: .*not list"),
    ],
)
def test_an_invalid_value_names_its_file(place, file, line, reason):
    getattr(place, file).write_text(line)
    with pytest.raises(SettingsError, match=f"^{getattr(place, file)}: {reason}$"):
        place.load({"top_k": 5, "dense_weight": 0.5}, {"RAGGUIDE_TOP_K": "5"})  # beaten, yet told


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("RAGGUIDE_TOP_K", "0", "top_k = '0': Expected `int` >= 1"),
        ("RAGGUIDE_TOP_K", "many", "top_k = 'many': Expected `int`, got `str`"),
        ("RAGGUIDE_TOP_K", "true", "top_k = 'true': Expected `int`, got `str`"),
        ("RAGGUIDE_TOP_K", "2.5", "top_k = '2.5': Expected `int`, got `str`"),
        ("RAGGUIDE_DENSE_WEIGHT", "2", "dense_weight = '2': Expected `float` <= 1.0"),
    ],
)
def test_an_invalid_value_names_its_variable(place, name, value, reason):
    with pytest.raises(SettingsError, match=f"^the variable {name}: {reason}$"):
        place.load({"top_k": 5, "dense_weight": 0.5}, {name: value})


def test_an_invalid_flag_names_the_command_line(place):
    with pytest.raises(SettingsError, match=r"^the command line: top_k = 0: Expected `int` >= 1$"):
        place.load({"top_k": 0})


def test_a_variable_is_parsed_from_its_text(place):
    settings = place.load(
        environ={
            "RAGGUIDE_TOP_K": "7",
            "RAGGUIDE_DENSE_WEIGHT": "1",
            "RAGGUIDE_PARSE_TIMEOUT_S": "2.5",
            "RAGGUIDE_MODELS_DIR": "there",
            "RAGGUIDE_INDEX": "2024",  # a text stays one
        }
    )
    assert settings.top_k == 7
    assert (settings.dense_weight, settings.parse_timeout_s) == (1.0, 2.5)
    assert type(settings.dense_weight) is float
    assert (settings.models_dir, settings.index) == (Path("there"), "2024")


def test_a_toml_integer_is_accepted_as_a_float(place):
    place.project_file.write_text("dense_weight = 1")
    assert place.load().dense_weight == 1.0
    assert type(place.load().dense_weight) is float


@pytest.mark.parametrize("file", ["user_file", "project_file"])
@pytest.mark.parametrize("content", [b"top_k = ", b"top_k = 1\ntop_k = 2", b"index = '\xff'"])
def test_broken_toml_is_named_with_its_place(place, file, content):
    path = getattr(place, file)
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=f"^{path} is not valid TOML: .*(line|position)"):
        place.load()


@pytest.mark.parametrize(("overlap", "fits"), [(63, True), (64, False), (65, False)])
def test_the_overlap_must_be_less_than_the_chunk_across_layers(place, overlap, fits):
    place.project_file.write_text("chunk_tokens = 64")
    environ = {"RAGGUIDE_CHUNK_OVERLAP": str(overlap)}
    if fits:
        assert place.load(environ=environ).chunk_overlap == overlap
        return
    match = rf"^chunk_overlap \({overlap}\) must be less than chunk_tokens \(64\)"
    with pytest.raises(SettingsError, match=match) as caught:
        place.load(environ=environ)
    assert caught.value.exit_code == 3


# ── values that stay ────────────────────────────────────────────────────────────────────────────


def test_settings_cannot_be_changed(place):
    settings = place.load()
    with pytest.raises(AttributeError, match="immutable"):
        settings.top_k = 6


def test_load_settings_leaves_its_arguments_unchanged(place):
    place.user_file.write_text("indexes_dir = 'a'")
    place.project_file.write_text("indexes_dir = 'b'\ntop_k = 3")
    files = [place.user_file, place.project_file]
    before = [file.read_bytes() for file in files]
    # A mapping proxy has no way to be written to.
    flags = MappingProxyType({"top_k": 4, "seed": None})
    environ = MappingProxyType({"RAGGUIDE_SEED": "9"})
    first = place.load(flags, environ)
    assert place.load(flags, environ) == first
    assert (first.top_k, first.seed) == (4, 9)
    assert [file.read_bytes() for file in files] == before
    assert place.load().top_k == 3  # nor does one call leave a trace in the next


def test_changed_settings_are_checked() -> None:
    settings = Settings(index="mine")
    changed = change_settings(settings, {"dense_weight": "0.3", "chunk_tokens": 99}, where="grid")
    assert (changed.index, changed.dense_weight, changed.chunk_tokens) == ("mine", 0.3, 99)
    with pytest.raises(SettingsError, match=r"unknown setting 'dens_weight'\. Did you"):
        change_settings(settings, {"dens_weight": 1}, where="grid")
    with pytest.raises(SettingsError, match="grid: dense_weight = '3'"):
        change_settings(settings, {"dense_weight": "3"}, where="grid")
    with pytest.raises(SettingsError, match=r"chunk_overlap \(32\) must be less than chunk_tokens"):
        change_settings(settings, {"chunk_tokens": 20}, where="grid")


# ── servers ─────────────────────────────────────────────────────────────────────────────────────

SERVER = "http://127.0.0.1:8080/v1"


def test_a_server_may_come_from_flag_environment_or_user_file(place):
    assert place.load({"generator": SERVER}).generator == SERVER
    assert place.load(environ={"RAGGUIDE_GENERATOR": SERVER}).generator == SERVER
    place.user_file.write_text(f"generator = {SERVER!r}")
    assert place.load().generator == SERVER


@pytest.mark.parametrize("address", [SERVER, "HTTPS://elsewhere.example/v1"])
def test_a_server_in_a_project_file_is_always_refused(place, address):
    place.project_file.write_text(f"generator = {address!r}")
    for flags in ({}, {"generator": SERVER}):
        with pytest.raises(SettingsError, match=f"names the server '{address}'.*--llm") as caught:
            place.load(flags)
        assert str(caught.value).startswith(str(place.project_file))
        assert "\n" not in str(caught.value)


def test_the_key_of_a_server_is_not_a_setting(place):
    assert place.load(environ={"RAGGUIDE_LLM_KEY": "a key"}) == Settings()
    place.user_file.write_text("llm_key = 'a key'")
    with pytest.raises(SettingsError, match="llm_key"):
        place.load()


def test_too_few_context_tokens_are_refused(place):
    assert place.load({"context_tokens": 64}).context_tokens == 64
    with pytest.raises(
        SettingsError, match=r"context_tokens \(63\) is too small for a sentence\. Set it to 64"
    ):
        place.load({"context_tokens": 63})


def test_a_scheduler_needs_an_address_and_excludes_processes() -> None:
    assert load_settings({"scheduler": "tcp://10.0.0.5:8786"}).scheduler == "tcp://10.0.0.5:8786"
    for bad in ("nothing://there", "tcp://", "10.0.0.5:8786", "tcp://ada:secret@host:8786"):
        with pytest.raises(SettingsError, match="is not the address of a Dask scheduler"):
            load_settings({"scheduler": bad})
    with pytest.raises(SettingsError, match=r"workers = 4 and scheduler = 'tcp://a:1' are both"):
        load_settings({"workers": 4, "scheduler": "tcp://a:1"})


def test_a_projects_file_cannot_name_a_scheduler(tmp_path: Path) -> None:
    (tmp_path / "ragguide.toml").write_text('scheduler = "tcp://eve:8786"\n')
    with pytest.raises(
        SettingsError, match=r"names a scheduler, which would receive .* --scheduler"
    ):
        load_settings(cwd=tmp_path, user_file=tmp_path / "none.toml", environ={})
