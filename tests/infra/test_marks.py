"""What is worked out from deals and their histories may be kept until they are written: the database itself tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, update

from infra.spine.database import Database
from infra.spine.marks import marks_of
from infra.spine.models import Deal, DealChange
from tests.conftest import NOW

_DEAL = {"name": "D", "currency": "USD", "status": "open", "source": "test", "source_at": NOW}
_CHANGE = {"deal_id": "d", "field": "stage", "old": None, "new": "Contact", "at": NOW, "source": "test"}


@pytest.mark.parametrize(
    ("what", "deals", "changes"),
    [
        (insert(Deal).values(id="e", **_DEAL), True, False),
        (update(Deal).values(status="won", closed_at=NOW), True, False),
        (update(Deal).values(name="Renamed", status="open"), False, False),
        (delete(Deal), True, True),
        (insert(DealChange).values(id="c2", **_CHANGE), False, True),
        (update(DealChange).values(at=NOW), False, True),
        (delete(DealChange), False, True),
    ],
)
def test_whoever_writes_a_deal_or_its_history_leaves_a_mark(
    database: Database, what: Any, deals: bool, changes: bool
) -> None:
    with database.transaction() as session:
        session.execute(insert(Deal).values(id="d", **_DEAL))
        session.execute(insert(DealChange).values(id="c", **_CHANGE))
    before = _marks(database)
    with database.transaction() as session:
        session.execute(what)
    after = _marks(database)
    assert (after[0] > before[0], after[1] > before[1]) == (deals, changes)


def test_what_is_not_committed_leaves_no_mark(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as session:
            session.execute(insert(Deal).values(id="d", **_DEAL))
            raise LookupError

    before = _marks(database)
    _failing(fail)
    assert _marks(database) == before


def _failing(work: Callable[[], None]) -> None:
    with pytest.raises(LookupError):
        work()


def _marks(database: Database) -> tuple[int, ...]:
    with database.session() as session:
        found = marks_of(session, "deals", "deal_changes")
    assert found is not None
    return found
