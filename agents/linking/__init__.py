"""Linking: which accounts, people, deals, teams and products a question names, inside the asker's scope."""

from agents.linking.linker import Linker, link

__all__ = ["Linker", "link"]
