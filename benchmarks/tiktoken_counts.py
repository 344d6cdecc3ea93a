"""A guide and generators in; whether tiktoken counts as llama.cpp does, and how fast, out.

    pip install tiktoken
    python benchmarks/tiktoken_counts.py data/guide.pdf qwen2.5-coder-1.5b-instruct

Builds a `tiktoken.Encoding` from the tokens of each generator's GGUF file and encodes all passages
and statements of the guide by it and by llama.cpp. Exits 1 if a text has other tokens.
"""

import argparse
import base64
import mmap
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import tiktoken
from llama_cpp import Llama

from ragguide import load_settings
from ragguide.create.inspect import inspect_document
from ragguide.generate import gguf
from ragguide.models.find import find_generator

NORMAL = 1  # type of a token that merges make
CONTRACTIONS = r"'s|'t|'re|'ve|'m|'ll|'d"
# How llama.cpp cuts a text before it merges, by the name in the file (src/llama-vocab.cpp).
PATTERNS = {
    "qwen2": rf"(?i:{CONTRACTIONS})|[^\r\n\p{{L}}\p{{N}}]?\p{{L}}+|\p{{N}}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    "smollm": rf"\p{{N}}|{CONTRACTIONS}| ?\p{{L}}+| ?\p{{N}}+| ?[^\s\p{{L}}\p{{N}}]+"
    r"|\s+(?!\S)|\s+",
}

Tokens = Sequence[int]


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("guide", type=Path)
    parser.add_argument("generators", nargs="+")
    args = parser.parse_args()
    settings = load_settings()
    chunks = inspect_document(args.guide, settings).chunks
    texts = [chunk.text for chunk in chunks]
    texts += [chunk.text[each.start : each.end] for chunk in chunks for each in chunk.statements]
    n_other = 0
    for name in args.generators:
        path = find_generator(name, models_dir=settings.models_dir).path
        encoding = build(path)
        model = Llama(str(path), vocab_only=True, verbose=False)
        ours = timed(encoding.encode_ordinary, texts)
        tokenize = partial(model.tokenize, add_bos=False, special=False)
        theirs = timed(lambda text, to=tokenize: to(text.encode()), texts)
        other = [i for i, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
        n_tokens = sum(map(len, theirs))
        print(f"  {len(texts):,} texts, {n_tokens:,} tokens: {len(other)} texts differ")
        n_other += len(other)
    return 1 if n_other else 0


def timed(encode: Callable[[str], Tokens], texts: Sequence[str]) -> list[Tokens]:
    started = time.process_time()
    found = [encode(text) for text in texts]
    print(f"  {time.process_time() - started:.2f} s of processor time for all texts")
    return found


def build(path: Path) -> "tiktoken.Encoding":
    """Build the encoding from a GGUF file, print what that takes, and read it again from a file."""
    started = time.process_time()
    with (
        path.open("rb") as file,
        mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data,
        patch.object(gguf, "_MAX_KEPT", 1 << 24),  # keep the vocabulary
    ):
        values = gguf._Header(data).values
    tokens, kinds = values["tokenizer.ggml.tokens"], values["tokenizer.ggml.token_type"]
    merges = values["tokenizer.ggml.merges"]
    assert isinstance(tokens, tuple)
    assert isinstance(kinds, tuple)
    assert isinstance(merges, tuple)
    byte_of = bytes_by_letter()
    ranks, special = {}, {}
    for number, (token, kind) in enumerate(zip(tokens, kinds, strict=True)):
        if kind == NORMAL:
            ranks[bytes(byte_of[letter] for letter in str(token))] = number
        else:
            special[str(token)] = number
    made = [ranks[bytes(byte_of[x] for x in str(merge).replace(" ", "", 1))] for merge in merges]
    assert made == sorted(made), "tiktoken merges in the order of the tokens' numbers"
    pattern = PATTERNS[str(values["tokenizer.ggml.pre"])]
    encoding = tiktoken.Encoding(
        path.stem, pat_str=pattern, mergeable_ranks=ranks, special_tokens=special
    )
    print(f"{path.name}: built in {time.process_time() - started:.2f} s of processor time")
    with TemporaryDirectory() as folder:
        cached = Path(folder) / "ranks.tiktoken"
        cached.write_bytes(
            b"".join(b"%s %d\n" % (base64.b64encode(token), n) for token, n in ranks.items())
        )
        started = time.process_time()
        pairs = (line.split() for line in cached.read_bytes().splitlines())
        read = {base64.b64decode(token): int(number) for token, number in pairs}
        tiktoken.Encoding("", pat_str=pattern, mergeable_ranks=read, special_tokens=special)
        print(f"  {time.process_time() - started:.2f} s from a file in tiktoken's format")
    assert read == ranks
    return encoding


def bytes_by_letter() -> dict[str, int]:
    """Return the byte that each letter of a token stands for. Source: GPT-2's encoder."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printed]
    return {chr(byte): byte for byte in printed} | {
        chr(256 + place): byte for place, byte in enumerate(others)
    }


if __name__ == "__main__":
    raise SystemExit(main())
