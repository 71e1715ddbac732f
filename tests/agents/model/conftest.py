"""A model that says what a test tells it, over a real connection, asked about the small company."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from agents.answer import Answer
from agents.ask import Ask
from agents.model.road import LanguageModelRoad
from agents.question import Question
from agents.structured import Structured
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.scope import EVERYTHING, Scope
from retrieval.encoder import Encoder
from retrieval.index import Index
from retrieval.search import Search
from sales.clock import FixedClock
from tests.agents.northern import fill
from tests.conftest import NOW
from tests.fakes.openai_server import KEY, Calls, OpenAIServer, Reply, Request, Text

Asking = Callable[..., Answer]


@pytest.fixture(scope="package")
def listening() -> Iterator[OpenAIServer]:
    """The server of all tests here."""
    made = OpenAIServer()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def server(listening: OpenAIServer) -> Iterator[OpenAIServer]:
    """The server, without a script yet; a request that the real one would refuse fails the test."""
    listening.script(Text(""))
    listening.faults.clear()
    yield listening
    assert listening.faults == []


@dataclass(frozen=True)
class Company:
    """The small company, indexed, with the settings of the server's model and the road that uses it."""

    database: Database
    search: Search
    settings: Settings
    road: LanguageModelRoad


@pytest.fixture(scope="package")
def company(
    tmp_path_factory: pytest.TempPathFactory, encoder: Encoder, models: Path, listening: OpenAIServer
) -> Iterator[Company]:
    """The company, made once: tests only read it and keep answers of their own."""
    home = tmp_path_factory.mktemp("northern")
    # An application over these settings would export the encoder anew.
    (home / "models").symlink_to(models)
    settings = Settings(
        home=home,
        database_url=f"sqlite:///{home / 'spine.db'}",
        model="openai:scripted-1",
        model_base_url=listening.url,
        model_api_key=SecretStr(KEY),
        model_timeout_s=5.0,
    )
    database = Database(settings.spine_url)
    database.migrate()
    fill(database, NOW)
    index = Index(database, settings, open_encoder=lambda: encoder)
    index.refresh()
    search = Search(database, index, FixedClock(NOW))
    road = LanguageModelRoad(database, settings, search, Structured(database, settings))
    yield Company(database, search, settings, road)
    road.close()
    database.close()


@pytest.fixture
def asking(company: Company) -> Iterator[Callable[..., Asking]]:
    """Return a way to ask with some settings of the model changed."""
    roads: list[LanguageModelRoad] = []

    def made(**changes: Any) -> Asking:
        settings = company.settings.model_copy(update=changes)
        structured = Structured(company.database, settings)
        road = company.road
        if changes:
            road = LanguageModelRoad(company.database, settings, company.search, structured)
            roads.append(road)
        ask = Ask(company.database, settings, FixedClock(NOW), company.search, structured=structured, model=road)

        def put(
            text: str,
            scope: Scope = EVERYTHING,
            thread: str | None = None,
            progress: Callable[[str], None] = lambda line: None,
        ) -> Answer:
            return ask.ask(Question(text, scope, NOW, user_id=scope.user_id, thread=thread), progress)

        return put

    yield made
    for road in roads:
        road.close()


@pytest.fixture
def ask(asking: Callable[..., Asking]) -> Asking:
    """Ask with the scripted model."""
    return asking()


def id_of(request: Request, words: str, kind: str = "e") -> str:
    """Return the id under which a tool showed these words."""
    for message in reversed(request["messages"]):
        if message["role"] == "tool":
            for line in str(message["content"]).splitlines():
                found = re.match(rf"\[?({kind}\d+)[\]:]", line)
                if found and words in line:
                    return found[1]
    raise AssertionError(f"no tool has shown {words!r}: {request['messages'][-1]['content'][:2000]}")


def tells(*claims: tuple[str, list[str]]) -> Callable[[Request], Reply]:
    """Answer with claims; each names words of the evidence that it rests on, or an id."""

    def step(request: Request) -> Reply:
        made = [
            {
                "text": text,
                "evidence": [one if re.fullmatch(r"e\d+", one) else id_of(request, one) for one in evidence],
            }
            for text, evidence in claims
        ]
        return Calls([("Told", {"claims": made})])

    return step


def shows(words: str = "") -> Callable[[Request], Reply]:
    """Answer with the computed result whose line has these words."""
    return lambda request: Calls([("Told", {"claims": [], "figures": id_of(request, words, "f")})])
