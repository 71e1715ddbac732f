"""A large company for measuring: 1,000 accounts, 10,000 deals, 100,000 passages with vectors, made in bulk from one seed.

The words are the sample company's own turns, dealt out anew. Each passage's vector is that of its sentences (from the real encoder) with a little
noise, so that the geometry of the index is that of real text without an hour of encoding.
"""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, select, update

from examples.render import company_files, render
from infra.settings import Settings
from infra.spine.database import Database
from infra.spine.models import Account, Activity, Contact, Deal, Passage, Stage, Turn, User
from retrieval.cutting import count_stems
from retrieval.index import Index, write_state
from retrieval.words import index_text

ACCOUNTS = 1_000
DEALS = 10_000
REPS = 100
TEAMS = 10
STAGES = (
    ("Identify", "open"),
    ("Understand", "open"),
    ("Propose", "open"),
    ("Closed Won", "won"),
    ("Closed Lost", "lost"),
)
AS_OF = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

_SYLLABLES = (
    "bar",
    "cor",
    "den",
    "fal",
    "gor",
    "hal",
    "ken",
    "lum",
    "mar",
    "nor",
    "pel",
    "ras",
    "sol",
    "tor",
    "ver",
    "wes",
)
_PASSAGES_A_CALL = 5
_BATCH = 2_000


def sentences(settings: Settings) -> list[str]:
    """Return the turns of the sample company's calls, each at least eight words long."""
    texts: list[str] = []
    for path in company_files():
        if path.suffix == ".json":
            call = json.loads(render(path.read_text(encoding="utf-8"), AS_OF.date(), settings.zone))
            texts.extend(turn["text"] for turn in call["turns"])
    return sorted({text for text in texts if len(text.split()) >= 8})


def build(database: Database, index: Index, settings: Settings, passages: int) -> None:
    """Fill an empty spine and its index. Takes two to four minutes for 100,000 passages, most of it Chroma's."""
    chance = random.Random(7)
    with database.transaction() as session:
        session.execute(insert(User), _users())
        session.execute(
            insert(Stage),
            [
                {"pipeline": "", "name": name, "position": place, "status": status}
                for place, (name, status) in enumerate(STAGES)
            ],
        )
        session.execute(insert(Account), _accounts(chance))
        session.execute(insert(Contact), _contacts(chance))
        for batch in _batches(_deals(chance)):
            session.execute(insert(Deal), batch)
    _talk(database, index, sentences(settings), passages, chance)


def spoken(database: Database, texts: list[str]) -> None:
    """Store `texts` as calls of ten turns each, for the index to cut and encode."""
    calls = [
        _call(f"call-{number}") | {"account_id": None, "deal_id": None, "owner_id": None}
        for number in range(len(texts) // 10 + 1)
    ]
    turns = [
        {
            "activity_id": f"call-{number // 10}",
            "position": number % 10,
            "turn_id": str(number % 10),
            "speaker": "Buyer",
            "side": "buyer",
            "text": text,
        }
        for number, text in enumerate(texts)
    ]
    with database.transaction() as session:
        session.execute(insert(Activity), calls)
        session.execute(insert(Turn), turns)


def _users() -> list[dict[str, Any]]:
    rows = [
        _sourced(
            {
                "id": f"mgr-{team}",
                "name": f"Manager {_word(team)}",
                "name_key": f"manager {_word(team)}",
                "email": f"m{team}@bench.example",
                "role": "manager",
                "team": f"Team {team}",
                "manager_id": None,
                "active": True,
                "custom": {},
            }
        )
        for team in range(TEAMS)
    ]
    return rows + [
        _sourced(
            {
                "id": f"rep-{rep}",
                "name": f"{_word(rep).title()} {_word(rep + 500).title()}",
                "name_key": f"{_word(rep)} {_word(rep + 500)}",
                "email": f"r{rep}@bench.example",
                "role": "rep",
                "team": f"Team {rep % TEAMS}",
                "manager_id": f"mgr-{rep % TEAMS}",
                "active": True,
                "custom": {},
            }
        )
        for rep in range(REPS)
    ]


def _accounts(chance: random.Random) -> list[dict[str, Any]]:
    industries = ("retail", "medical", "software", "logistics", "finance")
    return [
        _sourced(
            {
                "id": f"acc-{i}",
                "name": account_name(i),
                "name_key": account_name(i).lower(),
                "domain": f"a{i}.example",
                "industry": chance.choice(industries),
                "employees": chance.randint(20, 9_000),
                "owner_id": f"rep-{i % REPS}",
                "aliases": [],
                "custom": {},
                "provenance": {},
            }
        )
        for i in range(ACCOUNTS)
    ]


def account_name(number: int) -> str:
    """Return the name of the account with this number; no two alike."""
    return f"{_word(number * 7 + 3).title()}{_word(number + 4_096)} {chr(65 + number % 26)}works"


def _contacts(chance: random.Random) -> list[dict[str, Any]]:
    return [
        _sourced(
            {
                "id": f"con-{i}",
                "account_id": f"acc-{i % ACCOUNTS}",
                "name": f"{_word(i).title()} {_word(i + 9_000).title()}",
                "name_key": f"{_word(i)} {_word(i + 9_000)}",
                "email": f"c{i}@a{i % ACCOUNTS}.example",
                "role": chance.choice(("champion", "legal", None)),
                "custom": {},
            }
        )
        for i in range(ACCOUNTS * 3)
    ]


def _deals(chance: random.Random) -> list[dict[str, Any]]:
    rows = []
    for i in range(DEALS):
        stage, status = chance.choice(STAGES)
        created = AS_OF - timedelta(days=chance.randint(5, 500))
        close = (
            (AS_OF + timedelta(days=chance.randint(1, 120)))
            if status == "open"
            else created + timedelta(days=chance.randint(2, 200))
        )
        account = i % ACCOUNTS
        rows.append(
            _sourced(
                {
                    "id": f"deal-{i}",
                    "name": f"{account_name(account)} {i}",
                    "account_id": f"acc-{account}",
                    "owner_id": f"rep-{account % REPS}",
                    "product": chance.choice(("Dock", "Yard", "Count")),
                    "amount": Decimal(chance.randint(1_000, 250_000)),
                    "currency": "USD",
                    "stage": stage,
                    "status": status,
                    "created_at": created,
                    "close_date": min(close, AS_OF + timedelta(days=120)).date(),
                    "closed_at": None if status == "open" else close,
                    "next_step": chance.choice((None, "call")),
                    "custom": {},
                    "provenance": {},
                }
            )
        )
    return rows


def _talk(database: Database, index: Index, pool: list[str], passages: int, chance: random.Random) -> None:
    base = index.encoder.encode(pool)
    noise = np.random.default_rng(7)
    made = 0
    fingerprint = index.encoder.fingerprint[:64]
    while made < passages:
        wanted = min(_BATCH, passages - made)
        rows, vectors = _passages(made, wanted, pool, base, chance, noise, fingerprint)
        calls = sorted({row["activity_id"] for row in rows})
        with database.transaction() as session:
            session.execute(insert(Activity), [_call(call) for call in calls])
            session.execute(insert(Turn), [_turn(row) for row in rows])
            session.execute(insert(Passage), rows)
            count_stems(session, [row["stems"] for row in rows], [])
            ids = list(session.scalars(select(Passage.id).where(Passage.activity_id.in_(calls)).order_by(Passage.id)))
        index.vectors.add(ids, vectors)
        made += wanted
    with database.transaction() as session:
        write_state(session)
        session.execute(update(Activity).values(indexed_as=Activity.content_hash + ":1"))


def _passages(
    start: int,
    count: int,
    pool: list[str],
    base: NDArray[np.float32],
    chance: random.Random,
    noise: np.random.Generator,
    fingerprint: str,
) -> tuple[list[dict[str, Any]], NDArray[np.float32]]:
    rows, vectors = [], np.empty((count, base.shape[1]), np.float32)
    for row in range(count):
        number = start + row
        picked = [chance.randrange(len(pool)) for _ in range(3)]
        text = " ".join(pool[i] for i in picked)
        vector = np.asarray(base[picked].mean(axis=0) + noise.normal(0, 0.02, base.shape[1]), np.float32)
        vectors[row] = vector / np.linalg.norm(vector)
        call = number // _PASSAGES_A_CALL
        account = call % ACCOUNTS
        stems = index_text(text)
        rows.append(
            {
                "activity_id": f"call-{call}",
                "change_id": None,
                "ordinal": number % _PASSAGES_A_CALL,
                "account_id": f"acc-{account}",
                "deal_id": f"deal-{account}",
                "owner_id": f"rep-{account % REPS}",
                "kind": "call",
                "at": AS_OF - timedelta(hours=call % 9_000),
                "first": number % _PASSAGES_A_CALL,
                "last": number % _PASSAGES_A_CALL,
                "speakers": {"Buyer": len(text.split())},
                "text": text,
                "stems": stems,
                "terms": len(stems.split()),
                "words": len(text.split()),
                "embedded_as": fingerprint,
            }
        )
    return rows, vectors


def _call(call_id: str) -> dict[str, Any]:
    call = int(call_id.removeprefix("call-"))
    account = call % ACCOUNTS
    return _sourced(
        {
            "id": call_id,
            "kind": "call",
            "direction": "mutual",
            "automatic": False,
            "status": "done",
            "account_id": f"acc-{account}",
            "deal_id": f"deal-{account}",
            "owner_id": f"rep-{account % REPS}",
            "subject": "Call",
            "at": AS_OF - timedelta(hours=call % 9_000),
            "content_hash": call_id,
            "custom": {},
        }
    )


def _turn(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "activity_id": row["activity_id"],
        "position": row["ordinal"],
        "turn_id": str(row["ordinal"]),
        "speaker": "Buyer",
        "side": "buyer",
        "text": row["text"],
    }


def _sourced(row: dict[str, Any]) -> dict[str, Any]:
    return row | {"source": "bench", "source_at": AS_OF}


def _batches(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [rows[start : start + _BATCH] for start in range(0, len(rows), _BATCH)]


def _word(number: int) -> str:
    parts = []
    for _ in range(3):
        number, digit = divmod(number, len(_SYLLABLES))
        parts.append(_SYLLABLES[digit])
    return "".join(parts)
