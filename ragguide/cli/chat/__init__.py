"""`ragguide chat`: questions and follow-ups in, answers out, until Ctrl-D."""

from ragguide.cli.chat.command import chat

__all__ = ["chat"]
