"""Prompt pieces in, a stream of text out, by llama-cpp-python. The only module that imports it."""

import codecs
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from ragguide.errors import ModelError

N_BATCH = 512
N_CONTEXT = 4096  # ours; a prompt of 400 tokens and an answer of 200 need far less
_SLOT = "ragguide-slot-{}-end"  # stands for a message while its template is rendered


class LlamaGenerator:
    """A GGUF model with a chat template, on the CPU unless llama.cpp was built otherwise."""

    def __init__(self, name: str, path: Path, *, threads: int = 0, seed: int = 0) -> None:
        """Load the model, memory-mapped.

        Raises:
            ModelError: the file is no GGUF that llama.cpp can load, or has no chat template.
        """
        import llama_cpp

        self.name = name
        n_threads = threads or _usable_cores()
        try:
            self._llama = llama_cpp.Llama(
                model_path=str(path),
                n_ctx=N_CONTEXT,
                n_batch=N_BATCH,
                n_threads=n_threads,
                n_threads_batch=n_threads,
                flash_attn=True,
                seed=seed,
                verbose=False,
            )
        except (ValueError, RuntimeError, OSError) as exc:
            raise ModelError(
                f"{path} cannot be loaded by llama.cpp ({' '.join(str(exc).split())[:120]}). "
                f"Check it: ragguide models verify {name}"
            ) from exc
        template = self._llama.metadata.get("tokenizer.chat_template")
        if not template:
            raise ModelError(
                f"{path} has no chat template, so it cannot be asked. Use an instruct model."
            )
        self._template = template
        self._vocab = llama_cpp.llama_model_get_vocab(self._llama.model)

    def build_prompt(self, system: str, user: Sequence[tuple[bool, str]]) -> tuple[int, ...]:
        """Tokenise one exchange in the model's own chat template.

        `user` holds (trusted, text) pieces. The template's own text may hold special tokens; no
        piece can, so `<|im_end|>` in a passage reaches the model as plain characters.
        """
        rendered = self._render([("system", _SLOT.format(0)), ("user", _SLOT.format(1))])
        if any(rendered.count(_SLOT.format(i)) != 1 for i in (0, 1)):
            # Some templates know no system role: then its words open the user's turn.
            rendered = self._render([("user", f"{_SLOT.format(0)}\n\n{_SLOT.format(1)}")])
        head, rest = rendered.split(_SLOT.format(0))
        middle, tail = rest.split(_SLOT.format(1))
        tokens = self._tokenize(head, special=True)
        tokens += self._tokenize(system, special=False)
        tokens += self._tokenize(middle, special=True)
        for _, text in user:
            tokens += self._tokenize(text, special=False)
        return tuple(tokens + self._tokenize(tail, special=True))

    def count_tokens(self, text: str) -> int:
        """Length of `text` in this model's tokens."""
        return len(self._tokenize(text, special=False))

    def generate(self, tokens: Sequence[int], *, max_tokens: int) -> Iterator[str]:
        """Yield the greedy continuation piece by piece, whole characters only.

        Raises:
            ModelError: the prompt and `max_tokens` do not fit the context, or the model fails.
        """
        if len(tokens) + max_tokens > self._llama.n_ctx():
            raise ModelError(
                f"{len(tokens)} tokens of prompt and {max_tokens} of answer exceed the "
                f"{self._llama.n_ctx()} that {self.name} is run with. Lower --context-tokens."
            )
        import llama_cpp

        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        try:
            stream = self._llama.generate(list(tokens), temp=0.0, repeat_penalty=1.0, reset=True)
            for n_tokens, token in enumerate(stream, start=1):
                if llama_cpp.llama_vocab_is_eog(self._vocab, token):
                    break
                text = decoder.decode(self._llama.detokenize([token]))
                if text:
                    yield text
                if n_tokens == max_tokens:
                    break
        except RuntimeError as exc:
            raise ModelError(f"{self.name} failed while answering: {exc}.") from exc

    def _tokenize(self, text: str, *, special: bool) -> list[int]:
        return list(self._llama.tokenize(text.encode(), add_bos=False, special=special))

    def _render(self, messages: Sequence[tuple[str, str]]) -> str:
        # The template comes with the model's file: untrusted, hence the sandbox.
        from jinja2 import TemplateError
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
        environment.globals["raise_exception"] = _refuse
        try:
            return environment.from_string(self._template).render(
                messages=[{"role": role, "content": content} for role, content in messages],
                add_generation_prompt=True,
                bos_token=self._special("bos"),
                eos_token=self._special("eos"),
            )
        except TemplateError as exc:
            raise ModelError(f"the chat template of {self.name} cannot be used: {exc}.") from exc

    def _special(self, which: str) -> str:
        token = self._llama.token_bos() if which == "bos" else self._llama.token_eos()
        if token < 0:
            return ""
        return self._llama.detokenize([token], special=True).decode("utf-8", "replace")


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # a container may hold fewer than the machine has
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _refuse(message: str) -> None:
    from jinja2 import TemplateError

    raise TemplateError(message)
