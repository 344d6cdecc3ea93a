"""Names and places of commands in, groups of commands out, each imported when it is used.

`--help` and completion list a group by its table alone: importing every command costs 0.1 s.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group
from typer.main import get_params_convertors_ctx_param_name_from_function as params_of

from ragguide.cli.general import Command, general

_SETTINGS: dict[str, Any] = {
    "rich_markup_mode": "markdown",
    "context_settings": {"help_option_names": ["-h", "--help"]},
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A command or a group of commands that isn't imported yet."""

    place: str  # "package.module:name" of a function, or of a group
    summary: str  # the first sentence of its help
    cls: type[TyperCommand] = Command
    is_hidden: bool = False

    def load(self, name: str) -> Any:
        """Import the command, and build it under this name."""
        module, _, attribute = self.place.partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, TyperGroup):
            return found
        app = typer.Typer(add_completion=False, **_SETTINGS)
        app.command(name, cls=self.cls, hidden=self.is_hidden)(found)
        return get_command(app)


class _Commands(Mapping[str, Any]):
    """Loads a command when it is looked up."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries

    def __getitem__(self, name: str) -> Any:
        return self._entries[name].load(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


class Group(TyperGroup):
    """A group of commands with the general options."""

    entries: Mapping[str, Entry]

    def __init__(self, *args: Any, params: list[Any] | None = None, **kwargs: Any) -> None:
        kwargs["commands"] = _Commands(self.entries)
        super().__init__(*args, params=[*(params or []), *params_of(general)[0]], **kwargs)

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        return list(self.entries)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """What help and completion need of a command, without importing it."""
        entry = self.entries.get(cmd_name)
        return entry and TyperCommand(cmd_name, help=entry.summary, hidden=entry.is_hidden)

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        name, found, rest = super().resolve_command(ctx, args)
        return name, found and self.commands[str(name)], rest


def make_group(
    purpose: str, entries: Mapping[str, Entry], *, callback: Callable[..., None] | None = None
) -> TyperGroup:
    """Return a group with these commands, in this order.

    With a `callback`, whose parameters are options of the group itself, it is the root: it also
    installs completion.
    """
    cls = type("Group", (Group,), {"entries": entries})
    app = typer.Typer(cls=cls, help=purpose, no_args_is_help=True, **_SETTINGS)
    if callback is None:
        return get_group(app)
    app.callback()(callback)
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    return root
