"""The spine on SQLite and on PostgreSQL: the same tables, exact money, moments with a zone."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.sql import func

from infra.errors import Fatal
from infra.settings import Settings
from infra.spine.database import Database, open_database
from infra.spine.models import Account, Base, Deal, Fact, User
from tests.conftest import NOW


def _deal(identifier: str, amount: Decimal | None) -> Deal:
    return Deal(
        id=identifier, name=identifier, currency="USD", status="open", amount=amount, source="test", source_at=NOW
    )


def test_migrations_make_the_tables_that_the_models_describe(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, Base.metadata)
    # What stands in the database beyond the models is the lexical index, which differs by database.
    flat = [step for entry in differences for step in (entry if isinstance(entry, list) else [entry])]
    assert [step for step in flat if not step[0].startswith("remove_")] == []


def test_processes_that_start_at_once_migrate_once(postgres_url: str, settings: Settings) -> None:
    for url in (settings.spine_url, postgres_url.replace("postgresql://", "postgresql+psycopg://")):
        script = "import sys; from infra.spine.database import Database; Database(sys.argv[1]).migrate()"
        starts = [
            subprocess.Popen([sys.executable, "-c", script, url], stderr=subprocess.PIPE, text=True) for _ in range(3)
        ]
        complaints = [(start.communicate(timeout=60)[1], start.returncode) for start in starts]
        assert [code for _, code in complaints] == [0, 0, 0], complaints
        database = Database(url)
        database.migrate()
        assert "deals" in inspect(database.engine).get_table_names()
        database.close()


def test_plans_are_made_by_how_many_rows_there_are(database: Database) -> None:
    with database.transaction() as session:
        session.add_all(_deal(f"d{number}", None) for number in range(50))
    database.count_anew(("deals",))
    counted = (
        "SELECT stat FROM sqlite_stat1 WHERE idx = 'ix_deals_status'"
        if database.is_sqlite
        else "SELECT CAST(CAST(reltuples AS integer) AS text) FROM pg_class WHERE relname = 'deals'"
    )
    with database.session() as session:
        assert str(session.scalar(text(counted))).split()[0] == "50"


@pytest.mark.parametrize("amount", ["0", "0.1", "-12.3456", "84000", "99999999999999.9999"])
def test_money_comes_back_exactly(database: Database, amount: str) -> None:
    with database.transaction() as session:
        session.add(_deal("d", Decimal(amount)))
    with database.session() as session:
        assert session.scalar(select(Deal.amount)) == Decimal(amount)


def test_a_sum_of_cents_is_exact_on_both_databases(database: Database) -> None:
    with database.transaction() as session:
        session.add_all([_deal(str(number), Decimal("0.10")) for number in range(30)])
        session.add(_deal("none", None))
    with database.session() as session:
        assert session.scalar(select(func.sum(Deal.amount))) == Decimal("3")
        assert session.scalar(select(func.count()).where(Deal.amount > Decimal("0.09"))) == 30


def test_money_beyond_four_decimals_is_rounded_half_up(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        session.add(_deal("d", Decimal("1.00005")))
    with sqlite_database.session() as session:
        assert session.scalar(select(Deal.amount)) == Decimal("1.0001")


def test_a_moment_comes_back_in_utc_whatever_zone_it_was_given_in(database: Database) -> None:
    moment = datetime(2026, 11, 23, 9, 30, 15, 123456, tzinfo=timezone(timedelta(hours=-5)))
    with database.transaction() as session:
        session.add(Account(id="a", name="A", name_key="a", source="test", source_at=moment))
    with database.session() as session:
        found = session.scalar(select(Account.source_at))
        assert found == moment
        assert found is not None
        assert found.tzinfo is UTC
        before = select(func.count()).where(Account.source_at < moment + timedelta(seconds=1))
        assert session.scalar(before) == 1


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 11, 23)  # noqa: DTZ001
    with pytest.raises(StatementError, match="time zone"), database.transaction() as session:
        session.add(Account(id="a", name="A", name_key="a", source="test", source_at=naive))
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Account)) == 0


def test_an_error_inside_a_transaction_undoes_all_of_it(database: Database) -> None:
    def half_done() -> None:
        with database.transaction() as session:
            session.add(Fact(key="k", value={"a": 1}))
            session.flush()
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        half_done()
    with database.session() as session:
        assert session.get(Fact, "k") is None


def test_references_are_held_and_go_with_their_account(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(Deal(id="d", name="d", currency="USD", status="open", account_id="x", source="t", source_at=NOW))
    with database.transaction() as session:
        session.add(User(id="u", name="U", name_key="u", source="t", source_at=NOW))
        session.flush()
        session.add(Account(id="a", name="A", name_key="a", owner_id="u", source="t", source_at=NOW))
        session.flush()
        deal = _deal("d", None)
        deal.account_id = "a"
        session.add(deal)
    with database.transaction() as session:
        session.execute(text("DELETE FROM users"))
    with database.transaction() as session:
        assert session.scalar(select(Account.owner_id)) is None
        session.execute(text("DELETE FROM accounts"))
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(Deal)) == 0


def test_two_writers_wait_for_each_other(database: Database) -> None:
    with database.transaction() as session:
        session.add(Fact(key="count", value={"n": 0}))

    def add_ten() -> None:
        for _ in range(10):
            with database.transaction() as session:
                fact = session.get(Fact, "count", with_for_update=True)
                assert fact is not None
                fact.value = {"n": fact.value["n"] + 1}

    threads = [threading.Thread(target=add_ten) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.session() as session:
        assert session.scalar(select(Fact.value)) == {"n": 30}


def test_a_server_that_does_not_answer_is_told_with_what_to_do(settings: Settings) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    away = settings.model_copy(update={"database_url": f"postgresql://u@127.0.0.1:{port}/x"})
    with pytest.raises(Fatal) as caught:
        open_database(away)
    assert "DEALWRIGHT_DATABASE_URL" in caught.value.next_step


def test_the_network_is_shut_off_in_tests() -> None:
    with socket.socket() as outward, pytest.raises(RuntimeError, match="loopback"):
        outward.connect(("192.0.2.1", 80))
    with pytest.raises(RuntimeError, match="loopback"):
        socket.getaddrinfo("example.com", 80)
