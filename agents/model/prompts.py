"""Prompts: Markdown files with front matter, loaded once, checked against the inputs they name, and known by their hash."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from infra.errors import Fatal

_INPUT = re.compile(r"\{\{(\w+)\}\}")


@dataclass(frozen=True)
class Prompt:
    """One prompt. `inputs` are the names that must be filled in, `output` tells what comes back, `sha256` names this very wording."""

    name: str
    inputs: frozenset[str]
    output: str
    text: str
    sha256: str

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the words to send. Values are put in once: what looks like an input inside of a value stays as it is. Raises KeyError for a missing or unknown one."""
        if set(values) != self.inputs:
            raise KeyError(f"{self.name} takes {sorted(self.inputs)}")
        return _INPUT.sub(lambda found: values[found[1]], self.text)


def parsed(name: str, source: str) -> Prompt:
    """Read a prompt from its Markdown. Raises Fatal where the front matter is missing or names other inputs than the text."""
    head, _, rest = source.removeprefix("---\n").partition("\n---\n")
    fields = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in head.splitlines())}
    inputs = frozenset(one.strip() for one in fields.get("inputs", "").split(",") if one.strip())
    text = rest.strip()
    whole = source.startswith("---\n") and set(fields) == {"inputs", "output"} and text
    if not whole or inputs != frozenset(_INPUT.findall(text)):
        raise Fatal(
            f"The prompt {name} can't be used.", "Its front matter must name its output and exactly its inputs."
        )
    return Prompt(name, inputs, fields["output"], text, hashlib.sha256(source.encode()).hexdigest())


@lru_cache(maxsize=32)
def prompt(name: str) -> Prompt:
    """Return the prompt of this name."""
    return parsed(name, files("prompts").joinpath(f"{name}.md").read_text(encoding="utf-8"))
