"""Which names a question speaks of: short forms, typos, namesakes, ordinary words, pronouns; and never a name from outside the scope."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from agents.linking import Linker
from agents.mentions import Mentions
from agents.thread import Context, Focus
from infra.spine.database import Database
from infra.spine.scope import EVERYTHING, Scope
from sales.names import account_key
from tests.agents.northern import NORTH, SOUTH, account, settle
from tests.conftest import NOW

Linking = Callable[..., Mentions]


@pytest.fixture
def link(northern: Database) -> Linking:
    linker = Linker()

    def linked(text: str, scope: Scope = EVERYTHING, context: Context | None = None) -> Mentions:
        with northern.session() as session:
            return linker.link(session, scope, text, context)

    return linked


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("What's the latest on Norrland Timber?", ["acc-norrland"]),
        ("latest on norrland", ["acc-norrland"]),
        ("norrland timber inc. status", ["acc-norrland"]),
        ("how is NT Group doing", ["acc-norrland"]),
        ("anything new from norrlandtimber.example?", ["acc-norrland"]),
        ("what did vera.holm say", ["con-vera"]),
        ("what did Vera say?", ["con-vera"]),
        ("did Holm reply", ["con-vera"]),
        ("con-mats@buyer.example", ["con-mats"]),
        ("whats new at Norland Timbr", ["acc-norrland"]),
        ("latest on nrorland", ["acc-norrland"]),
        ("Ida's deals", ["ida"]),
        ("deal-norrland", ["deal-norrland"]),
        ("how is the Norrland loading deal", ["acc-norrland", "deal-norrland"]),
    ],
)
def test_a_name_is_found_however_people_write_it(link: Linking, text: str, ids: list[str]) -> None:
    assert [mention.best.id for mention in link(text).found] == ids


def test_a_name_that_two_accounts_share_is_ambiguous_until_it_is_told_apart(link: Linking) -> None:
    (mention,) = link("what's up with Summit?").found
    assert mention.ambiguous
    assert {entity.id for entity in mention.entities} == {"acc-summit-a", "acc-summit-b"}
    (exact,) = link("what's up with Summit Bakery?").found
    assert (exact.best.id, exact.ambiguous) == ("acc-summit-b", False)


def test_a_typo_is_marked_as_one(link: Linking) -> None:
    (mention,) = link("latest on Norrlnad").found
    assert mention.typo
    assert mention.best.id == "acc-norrland"
    assert mention.best.score < 0.9


@pytest.mark.parametrize(
    "text",
    [
        "Will this close in May?",
        "count the docks by team",
        "which deals will dock this month",
        "I hope it closes",
        "what will the price be",
    ],
)
def test_ordinary_words_are_not_taken_for_names(link: Linking, text: str) -> None:
    assert link(text).found == ()


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("Will's pipeline", "will"),
        ("what did Will say", "will"),
        ("how many Dock deals are open", "p-dock"),
        ("Will Hope", "will"),
    ],
)
def test_an_ordinary_word_is_a_name_where_the_sentence_makes_it_one(link: Linking, text: str, id: str) -> None:
    assert [mention.best.id for mention in link(text).found] == [id]


def test_what_looks_like_a_name_and_is_none_is_told(link: Linking) -> None:
    mentions = link("What did Globex Systems say to Norrland?")
    assert mentions.unknown_names == ("Globex Systems",)
    assert link('anything on "Blue Heron"?').unknown_names == ("Blue Heron",)


@pytest.mark.parametrize("name", ["Astrid Holm", "Verra Andersson", "Vela Andersson"])
def test_half_of_a_strangers_name_is_not_taken_for_somebody_we_know(link: Linking, name: str) -> None:
    mentions = link(f"what did {name} say?")
    assert mentions.found == ()
    assert mentions.unknown_names == (name,)


@pytest.mark.parametrize(
    "text", ["latest on {name}", "What did Rosa Finch of {name} say?", "how is {name} - Yard", "{name} deal"]
)
def test_a_name_outside_the_scope_is_like_one_that_does_not_exist(link: Linking, text: str) -> None:
    hidden = link(text.format(name="Quietwater"), NORTH)
    nothing = link(text.format(name="Quarnwater"), NORTH)
    assert hidden.found == nothing.found == ()
    assert [name.replace("Quietwater", "Quarnwater") for name in hidden.unknown_names] == list(nothing.unknown_names)
    assert link("latest on Quietwater", SOUTH).found[0].best.id == "acc-secret"


def test_pronouns_take_their_meaning_from_the_thread(link: Linking) -> None:
    context = Context(
        focus=(
            Focus(kind="account", id="acc-norrland", name="Norrland Timber"),
            Focus(kind="deal", id="deal-norrland", name="Norrland Timber – Loading"),
            Focus(kind="contact", id="con-vera", name="Vera Holm"),
        )
    )
    assert [mention.best.id for mention in link("what did they say about price?", context=context).found] == [
        "acc-norrland"
    ]
    assert [mention.best.id for mention in link("when does that deal close?", context=context).found] == [
        "deal-norrland"
    ]
    assert [mention.best.id for mention in link("what did she say?", context=context).found] == ["con-vera"]
    assert link("which deals are open and who owns them?", context=context).found == ()
    assert link("what did they say about Summit Bakery", context=context).of("account")[0].best.id == "acc-summit-b"


def test_a_thread_does_not_lend_a_name_to_a_reader_who_may_not_see_it(link: Linking) -> None:
    context = Context(focus=(Focus(kind="account", id="acc-secret", name="Quietwater Mills"),))
    assert link("what did they say?", NORTH, context).found == ()


def test_a_namesake_is_settled_by_the_account_in_the_question(northern: Database) -> None:
    from tests.agents.northern import contact

    with northern.transaction() as session:
        settle(session, NOW, contact("con-vera-2", "acc-summit-a", "Vera Storm", "Buyer"))
    linker = Linker()
    with northern.session() as session:
        assert linker.link(session, EVERYTHING, "what did Vera say?").found[0].ambiguous
        mentions = linker.link(session, EVERYTHING, "what did Vera at Summit Freight say?")
    assert [mention.best.id for mention in mentions.found] == ["con-vera-2", "acc-summit-a"]


def test_new_names_are_known_as_soon_as_they_are_stored(northern: Database) -> None:
    linker = Linker()
    with northern.session() as session:
        assert linker.link(session, EVERYTHING, "latest on Polarline").found == ()
    with northern.transaction() as session:
        settle(session, NOW, account("acc-new", "Polarline Shipping", "ida"))
    with northern.session() as session:
        assert linker.link(session, EVERYTHING, "latest on Polarline").found[0].best.id == "acc-new"


def test_names_are_found_among_ten_thousand_accounts(sqlite_database: Database) -> None:
    syllables = [
        "bar",
        "cor",
        "den",
        "fal",
        "gro",
        "hul",
        "jor",
        "kem",
        "lun",
        "mer",
        "nor",
        "pel",
        "rus",
        "sol",
        "tir",
        "vos",
        "wim",
        "yar",
        "zen",
        "qua",
        "bri",
        "cla",
    ]
    names = [f"{a}{b}{c}".title() + " Freight" for a in syllables for b in syllables for c in syllables][:10_000]
    with sqlite_database.transaction() as session:
        rows = [
            {
                "id": f"a{i}",
                "name": name,
                "name_key": account_key(name),
                "aliases": [],
                "custom": {},
                "provenance": {},
                "source": "t",
                "source_at": NOW,
            }
            for i, name in enumerate(names)
        ]
        from infra.spine.models import Account

        session.bulk_insert_mappings(Account.__mapper__, rows)
    linker = Linker()
    with sqlite_database.session() as session:
        linker.link(session, EVERYTHING, "hello")
        for name in names[:9000:500]:
            mentions = linker.link(
                session, EVERYTHING, f"what did {name.split()[0][:-1]} say about price lately, and Zzyx Corp?"
            )
            assert mentions.unknown_names[-1] == "Zzyx Corp"
        assert linker.link(session, EVERYTHING, f"latest on {names[77]}").found[0].best.id == "a77"


@given(text=st.text(max_size=300))
@hypothesis_settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_text_is_linked_without_failing_and_spans_stand_in_it(northern: Database, text: str) -> None:
    linker = Linker()
    with northern.session() as session:
        mentions = linker.link(session, EVERYTHING, text)
    for mention in mentions.found:
        assert text[mention.start : mention.end] == mention.text
        assert mention.entities
