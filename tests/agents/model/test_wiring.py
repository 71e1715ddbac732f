"""The model as the whole program uses it: one setting switches it on, and closing leaves nothing behind."""

from __future__ import annotations

import threading

from agents.question import Question
from bot.app import App
from bot.components import ready_components
from infra.settings import Settings
from infra.spine.scope import EVERYTHING
from sales.clock import FixedClock
from tests.agents.model.conftest import Company, tells
from tests.conftest import NOW
from tests.fakes.openai_server import OpenAIServer


def test_the_setting_switches_the_model_on(company: Company, server: OpenAIServer, home: object) -> None:
    server.script(tells())
    app = App(company.settings, clock=FixedClock(NOW))
    app.ask.ask(Question("What did Norrland say about nothing in particular?", EVERYTHING, NOW))
    assert len(server.requests) == 1
    assert [one.state for one in ready_components(app) if one.name == "model"] == ["ok"]
    before = [thread for thread in threading.enumerate() if thread.name == "model"]
    app.close()
    after = [thread for thread in threading.enumerate() if thread.name == "model"]
    assert len(after) == len(before) - 1


def test_without_it_nothing_of_it_is_made(settings: Settings) -> None:
    app = App(settings)
    assert app.ask is not None
    assert [one.state for one in ready_components(app) if one.name == "model"] == ["missing"]
    app.close()


def test_doctor_says_what_to_install_or_set(settings: Settings) -> None:
    app = App(settings.model_copy(update={"model": "gpt-9"}))
    model = next(one for one in ready_components(app) if one.name == "model")
    assert (model.state, model.next_step) == (
        "broken",
        "Write it as provider:name; providers are openai, anthropic, ollama.",
    )
    app.close()
