"""A model that says what a test tells it, over a real connection, asked about the small company."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
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
from tests.fakes.openai_server import KEY, Calls, OpenAIServer, Reply, Request

Asking = Callable[..., Answer]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """The server; a request that the real one would refuse fails the test."""
    made = OpenAIServer()
    made.start()
    try:
        yield made
    finally:
        made.stop()
    assert made.faults == []


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, encoder: Encoder) -> Iterator[tuple[Database, Search]]:
    """The small company, indexed once for a file of tests, which only read it and keep answers of their own."""
    home = tmp_path_factory.mktemp("northern")
    settings = Settings(home=home, database_url=f"sqlite:///{home / 'spine.db'}")
    database = Database(settings.spine_url)
    database.migrate()
    fill(database, NOW)
    index = Index(database, settings, open_encoder=lambda: encoder)
    index.refresh()
    yield database, Search(database, index, FixedClock(NOW))
    index.close() if hasattr(index, "close") else None
    database.close()


@pytest.fixture
def modelled(settings: Settings, server: OpenAIServer) -> Settings:
    """Settings with the model of the server."""
    return settings.model_copy(
        update={
            "model": "openai:scripted-1",
            "model_base_url": server.url,
            "model_api_key": SecretStr(KEY),
            "model_timeout_s": 5.0,
        }
    )


@pytest.fixture
def asking(company: tuple[Database, Search], modelled: Settings) -> Iterator[Callable[..., Asking]]:
    """Return a way to ask with some settings of the model changed."""
    database, search = company
    roads: list[LanguageModelRoad] = []

    def made(**changes: Any) -> Asking:
        settings = modelled.model_copy(update=changes)
        structured = Structured(database, settings)
        roads.append(LanguageModelRoad(database, settings, search, structured))
        ask = Ask(database, settings, FixedClock(NOW), search, structured=structured, model=roads[-1])

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
