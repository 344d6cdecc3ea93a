"""SmolLM2 loaded by llama.cpp, and files that are no such model."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ragguide.base.devices import find_cards
from ragguide.errors import DeviceMissing, ModelError
from ragguide.generate.llama import LlamaGenerator
from ragguide.generate.placement import Placement
from tests.generate.test_llama import QUESTIONS, prompt, say, smollm2

# ── files that are no such model ────────────────────────────────────────────────────────────────


def edited(path: Path, old: bytes, new: bytes) -> None:
    """Overwrite a value of the file's header in place: the lengths must not change."""
    assert len(old) == len(new)
    with path.open("r+b") as file:
        at = file.read(8 << 20).index(old)
        file.seek(at)
        file.write(new)


def no_template(path: Path) -> None:
    shutil.copyfile(smollm2(), path)
    edited(path, b"tokenizer.chat_template", b"tokenizer.char_template")


def broken_template(path: Path) -> None:
    shutil.copyfile(smollm2(), path)
    edited(path, b"{% for message in messages %}", b"{% for message in messages }}")


def unknown_architecture(path: Path) -> None:
    shutil.copyfile(smollm2(), path)
    edited(
        path,
        b"general.architecture\x08\0\0\0\x05\0\0\0\0\0\0\0llama",
        b"general.architecture\x08\0\0\0\x05\0\0\0\0\0\0\0zebra",
    )


def truncated(n_bytes: int) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with smollm2().open("rb") as file:
            path.write_bytes(file.read(n_bytes))

    return write


BAD_FILES: list[tuple[str, Callable[[Path], object], str]] = [
    (
        "no GGUF",
        lambda path: path.write_bytes(b"This is no model. " * 999),
        "llama.cpp cannot load",
    ),
    ("empty", lambda path: path.write_bytes(b""), "llama.cpp cannot load"),
    ("folder", lambda path: path.mkdir(), "llama.cpp cannot load"),
    ("missing", lambda _: None, "llama.cpp cannot load"),
    ("magic only", truncated(4), "llama.cpp cannot load"),
    ("half a header", truncated(1000), "llama.cpp cannot load"),
    ("half the weights", truncated(30_000_000), "llama.cpp cannot load"),
    ("unknown architecture", unknown_architecture, "llama.cpp cannot load"),
    ("no template", no_template, "has no chat template"),
    ("broken template", broken_template, "llama.cpp cannot load .*unexpected '}'"),
]


@pytest.fixture
def gguf(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "own.gguf"
    yield path
    if path.is_file():
        path.unlink()  # pytest keeps three runs' folders, and these are a hundred megabytes


@pytest.mark.model
@pytest.mark.parametrize(
    ("make", "message"), [pytest.param(make, m, id=name) for name, make, m in BAD_FILES]
)
def test_a_file_that_is_no_model_is_a_one_line_error_without_other_output(
    gguf: Path,
    make: Callable[[Path], object],
    message: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    make(gguf)
    with pytest.raises(ModelError, match=re.escape(str(gguf))) as caught:
        LlamaGenerator("own", gguf, threads=1)
    assert re.search(message, str(caught.value))
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.model
def test_output_printed_while_a_model_loads_is_not_lost(capfd: pytest.CaptureFixture[str]) -> None:
    with ThreadPoolExecutor(1) as aside:
        loading = aside.submit(LlamaGenerator, "smollm2", smollm2(), threads=1)
        n_lines = 0
        while not loading.done() or not n_lines:
            sys.stdout.write("a quote\n")
            sys.stdout.flush()
            n_lines += 1
            time.sleep(0.001)
    assert capfd.readouterr() == ("a quote\n" * n_lines, "")


@pytest.mark.model
def test_loading_and_answering_print_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    generator = LlamaGenerator("smollm2", smollm2(), threads=1)
    assert say(generator, prompt(generator, QUESTIONS[0]), max_tokens=3)
    del generator
    assert capfd.readouterr() == ("", "")


# ── devices ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.model
def test_kv_cache_type_and_context_length_are_applied() -> None:
    placement = Placement(n_context=512, kv_type="q8_0")
    generator = LlamaGenerator("smollm2", smollm2(), threads=1, placement=placement)
    tokens = prompt(generator, QUESTIONS[0])
    assert say(generator, tokens, max_tokens=8).strip()
    with pytest.raises(ModelError, match=r"of answer exceed the 512 of smollm2.s context"):
        say(generator, tokens, max_tokens=512)


@pytest.mark.model
def test_missing_gpu_is_an_error_not_a_silent_fallback() -> None:
    if find_cards().cards:
        pytest.skip("there is a GPU here")
    placement = Placement(n_context=512, n_gpu_layers=3)
    with pytest.raises(DeviceMissing, match=r"sees no GPU, but 3 layers of smollm2 need one"):
        LlamaGenerator("smollm2", smollm2(), threads=1, placement=placement)


def test_an_error_on_a_gpu_names_both_possible_causes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("llama_cpp.llama_supports_gpu_offload", lambda: True)
    (tmp_path / "own.gguf").write_bytes(b"GGUF" + bytes(100))
    placement = Placement(n_context=512, n_gpu_layers=3, gpu=1)
    with pytest.raises(ModelError, match=r"models verify own; or cuda:1 has too little memory for"):
        LlamaGenerator("own", tmp_path / "own.gguf", threads=1, placement=placement)


@pytest.mark.parametrize(
    ("given", "policy"), [({}, "passive"), ({"OMP_WAIT_POLICY": "active"}, "active")]
)
def test_threads_sleep_while_they_wait_unless_the_user_says_otherwise(
    given: dict[str, str], policy: str
) -> None:
    environ = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    shown = subprocess.run(
        [
            sys.executable, "-c",
            "import os, sys\nfrom ragguide.generate.llama_load import load_llama_cpp\n"
            "assert 'llama_cpp' not in sys.modules\nload_llama_cpp()\n"
            "print(os.environ['OMP_WAIT_POLICY'], 'llama_cpp' in sys.modules)",
        ],
        capture_output=True, text=True, check=True, env=environ | given,
    )  # fmt: skip
    assert shown.stdout == f"{policy} True\n"


def test_a_broken_llama_cpp_is_a_one_line_error_with_its_reason(tmp_path: Path) -> None:
    """As a build with CUDA on a machine without a driver is: a library is not there."""
    shown = subprocess.run(
        [
            sys.executable, "-c",
            "from pathlib import Path\nfrom ragguide.generate.llama import LlamaGenerator\n"
            "from ragguide.errors import ModelError\n"
            "try: LlamaGenerator('any', Path('any.gguf'), threads=1)\n"
            "except ModelError as exc: print(exc)",
        ],
        capture_output=True, text=True, check=True,
        env=os.environ | {"LLAMA_CPP_LIB_PATH": str(tmp_path)},
    )  # fmt: skip
    assert re.fullmatch(
        r"llama\.cpp cannot be loaded \(.*llama.* not found\)\. If it was built with CUDA, install "
        r"the NVIDIA driver; else run `pip install .*llama-cpp-python`\.\n",
        shown.stdout,
    )
