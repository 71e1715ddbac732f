"""The prompts as they are sent: each file is whole, and no wording changes without somebody having looked at it."""

from __future__ import annotations

from importlib.resources import files

import pytest

from agents.model.prompts import parsed, prompt
from infra.errors import Fatal

SNAPSHOT = {
    "ask_question": "98f688be3c44a332",
    "ask_system": "899611fd9a7ef805",
    "notes_call": "217f3dbd9a3a6cef",
    "notes_system": "34dd3e22ad6ae5bd",
    "outreach_mail": "c1e2d41c45c0d6c7",
    "outreach_system": "3319350711026823",
    "tool_figures": "6fee10eb4410fa88",
    "tool_record": "40651ba472daf807",
    "tool_search": "81975e893c2aae56",
}


def test_no_wording_changes_unseen() -> None:
    names = sorted(one.name.removesuffix(".md") for one in files("prompts").iterdir() if one.name.endswith(".md"))
    assert {name: prompt(name).sha256[:16] for name in names} == SNAPSHOT


def test_inputs_are_put_in_once() -> None:
    made = parsed("p", "---\ninputs: a, b\noutput: text\n---\n{{a}} and {{b}}")
    assert made.filled({"a": "{{b}}", "b": "two"}) == "{{b}} and two"
    with pytest.raises(KeyError):
        made.filled({"a": "one"})


@pytest.mark.parametrize(
    "source",
    ["{{a}}", "---\ninputs: a\noutput: text\n---\nno input", "---\ninputs:\noutput: text\n---\n{{a}}", "---\ninputs:\n---\nwords", "---\ninputs:\noutput: text\n---\n"],
)  # fmt: skip
def test_a_prompt_that_is_not_whole_is_refused(source: str) -> None:
    with pytest.raises(Fatal):
        parsed("p", source)
