"""A model's chat template in, the text that it writes around messages out."""

from collections.abc import Sequence

_SLOT = "ragguide-slot-{}-end"  # replaces a message while its template is rendered


def split_template(template: str, *, bos: str, eos: str) -> tuple[str, str, str]:
    """Return the text that a chat template writes before, between and after two messages.

    The messages are the system's and the user's.

    Raises:
        ValueError: it fails, or does not write each message once and in this order.
    """
    separate = [("system", _SLOT.format(0)), ("user", _SLOT.format(1))]
    # Some templates know no system role: then the system message opens the user's turn.
    joined = [("user", f"{_SLOT.format(0)}\n\n{_SLOT.format(1)}")]
    reason = "it does not write the system's and the user's message once each, in this order"
    for messages in (separate, joined):
        try:
            rendered = _render(template, messages, bos=bos, eos=eos)
        except Exception as exc:  # a stranger's program can fail in any way
            reason = " ".join(f"{type(exc).__name__}: {exc}".split())[:160]
            continue
        head, *rest = rendered.split(_SLOT.format(0))
        middle, *tails = "".join(rest).split(_SLOT.format(1))
        if len(rest) == len(tails) == 1 and _SLOT.format(1) not in head:
            return head, middle, tails[0]
    raise ValueError(reason)


def _render(template: str, messages: Sequence[tuple[str, str]], *, bos: str, eos: str) -> str:
    # The template comes with the model's file: untrusted, hence the sandbox.
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = _refuse
    return environment.from_string(template).render(
        messages=[{"role": role, "content": content} for role, content in messages],
        add_generation_prompt=True,
        bos_token=bos,
        eos_token=eos,
    )


def _refuse(message: str) -> None:
    from jinja2 import TemplateError

    raise TemplateError(message)
