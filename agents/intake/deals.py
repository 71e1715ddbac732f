"""Deals and the history of what changed in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert

from agents.intake.batch import Batch, table_of
from agents.intake.directory import DealLife
from agents.intake.identity import fitted, is_made, slug, stable_id
from agents.intake.lookup import Found
from agents.intake.rekey import rekey
from agents.intake.rows import Columns, Line, as_decimal, store
from agents.intake.writing import Written
from infra.spine.models import Deal, DealChange
from sales.amounts import parse_amount
from sales.dates import as_date, parse_date
from sales.names import account_key, fold
from sales.outcome import closed_moment, status_of
from sales.records import Origin

SEEN = "difference"
"""The source of a change that no history told: two imports differed, and its time is that of the later one."""

COMPOSED = "composed"
"""What a deal's provenance says of its name where the file had none."""

_TEXTS = ("pipeline", "forecast_category", "next_step", "type", "lead_source", "loss_reason", "competitor", "note")
_TRACKED = ("stage", "close_date", "amount", "forecast_category", "owner_id")
_FIELD_NAMES = {
    "stage": "stage stagename dealstage dealstagename opportunitystage phase pipelinestage salesstage",
    "close_date": "closedate expectedclosedate closingdate closedateexpected expectedclose",
    "amount": "amount value dealvalue dealamount opportunityamount tcv acv arr",
    "forecast_category": "forecastcategory forecast forecastcategoryname hsforecastcategory manualforecastcategory",
    "owner": "owner ownerid ownername dealowner opportunityowner hubspotownerid salesrep rep",
}
_FIELDS = {word: key for key, words in _FIELD_NAMES.items() for word in words.split()}


def natural_parts(values: Mapping[str, object]) -> tuple[object, ...]:
    """Return what tells a deal without an id from others: account and name, or what stands in for a name."""
    name = values.get("name")
    parts = (account_key(str(values.get("account") or "")), fold(str(name)) if name else "")
    return parts if name else (*parts, values.get("product"), values.get("created_at"), values.get("owner"))


def write_deals(batch: Batch, lines: Sequence[Line], repeats: Sequence[int]) -> None:
    """Bring lines of deals in. `repeats` tells for each line how many other deals of the same natural key came before it in its file."""
    placed: list[tuple[Line, Columns]] = []
    renamed: dict[str, str] = {}
    told: dict[int, Columns] = {}
    for line, repeat in zip(lines, repeats, strict=True):
        account_text = line.text("account")
        account = batch.account(account_text, line.row.origin, create=True) if account_text else Found(None)
        name = line.text("name") or _spoken_name(batch, line, account)
        place = line.provenance()
        if not line.text("name"):
            place["provenance"]["name"] = COMPOSED
        identity = _identity(batch, line, name, account.id, repeat, renamed)
        columns: Columns = {"id": identity, "name": name, **line.texts(*_TEXTS)}
        columns |= line.days("close_date", "next_step_date") | line.numbers("amount", "probability", "quantity")
        columns |= line.moments("created_at", "last_activity_at")
        columns |= _references(batch, line, identity, account, account_text)
        if line.text("currency"):
            columns["currency"] = line.currency()
        columns |= _stage(line)
        columns |= {"custom": batch.custom("deal", line.row.custom), **line.bookkeeping(), **place}
        told[id(columns)] = line.texts("status") | line.moments("closed_at", "lost_at", "stage_entered_at")
        placed.append((line, columns))
        _learn(batch, columns)
    if renamed:
        batch.flush_made()
        rekey(batch.session, table_of(Deal), renamed)
        for identity in renamed:
            batch.directory.forget_deal(identity)
    completion = _Completion(batch, [told[id(columns)] for _, columns in placed])
    written, refused = store(batch, table_of(Deal), "deal", placed, completion)
    for identity in refused:
        batch.directory.forget_deal(identity)
    for identity, row in written.after.items():
        life = DealLife(row["account_id"], row["owner_id"], row["status"], row["created_at"], row["closed_at"])
        batch.directory.add_deal(identity, row["name"], life)
        batch.work.deal_accounts.add(row["account_id"])
    for row in written.before.values():
        batch.work.deal_accounts.add(row["account_id"])
    if written.after:
        batch.work.deals_touched = True
    _note_changes(batch, written)


def _spoken_name(batch: Batch, line: Line, account: Found) -> str:
    told = line.text("external_id")
    shown = batch.directory.accounts.names.get(account.id or "") or line.text("account")
    product = line.text("product")
    if product:
        product = batch.product(product, line.row.origin)
    return composed_name(shown, product, told) or "Deal without a name"


def composed_name(account: str | None, product: str | None, told: str | None) -> str:
    """Return what a deal without a name of its own is called: its account and product.

    Without an account the id `told` in the file stands beside the product, so that the deal is not called as the product is.
    """
    return " – ".join(part for part in (account, product, None if account else told) if part)


def _identity(batch: Batch, line: Line, name: str, account: str | None, repeat: int, renamed: dict[str, str]) -> str:
    deals, told = batch.directory.deals, line.text("external_id")
    alike = deals.called(name, account) if line.text("name") and repeat == 0 else []
    if told is not None:
        identity = fitted("deal", told)
        nameless = [other for other in alike if is_made(other)]
        if identity not in deals and len(nameless) == 1 and not is_made(identity):
            renamed[nameless[0]] = identity
            deals.forget(nameless[0])
        return identity
    made = stable_id("deal", *natural_parts(line.values), *([repeat] if repeat else []))
    return alike[0] if len(alike) == 1 and made not in deals else made


def _references(batch: Batch, line: Line, identity: str, account: Found, account_text: str | None) -> Columns:
    columns: Columns = {}
    system = line.row.origin.system
    if line.has("account"):
        columns["account_id"] = account.id
        batch.link("deal", identity, "account_id", "account", account_text, account, system)
    if line.has("owner"):
        text = line.text("owner")
        owner = batch.user(text, line.row.origin) if text else Found(None)
        columns["owner_id"] = owner.id
        batch.link("deal", identity, "owner_id", "user", text, owner, system)
    if line.has("contact"):
        text = line.text("contact")
        contact = batch.directory.contacts.find(text, account.id) if text else Found(None)
        columns["contact_id"] = contact.id
        batch.link("deal", identity, "contact_id", "contact", text, contact, system)
    if line.has("product"):
        text = line.text("product")
        columns["product"] = batch.product(text, line.row.origin) if text else None
    return columns


def _stage(line: Line) -> Columns:
    """A file that has a status but no stage tells the stage by it."""
    if line.has("stage"):
        return {"stage": line.text("stage")}
    return {"stage": line.text("status")} if line.text("status") else {}


def _learn(batch: Batch, columns: Columns) -> None:
    identity = columns["id"]
    if identity not in batch.directory.deals:
        batch.directory.deals.add(identity, columns["name"], columns.get("account_id"))


class _Completion:
    """Fills in what follows from the whole of a deal, old and new: status, closing, time in stage."""

    def __init__(self, batch: Batch, told: Sequence[Columns]) -> None:
        self._work = batch.work
        self._told = iter(told)

    def __call__(self, merged: Columns, old: Columns | None) -> None:
        told = next(self._told)
        words = told.get("status")
        if words is None and old is not None and old["stage"] == merged["stage"]:
            words = (old["provenance"] or {}).get("status")
        if merged["currency"] is None:
            merged["currency"] = self._work.settings.currency
        merged["status"] = status_of(
            status=words,
            stage=merged["stage"],
            forecast_category=merged["forecast_category"],
            probability=merged["probability"],
            loss_reason=merged["loss_reason"],
            amount=merged["amount"],
        )
        if words:
            merged["provenance"] = {**merged["provenance"], "status": words}
        self._close(merged, old, told)
        self._enter_stage(merged, old, told)

    def _close(self, merged: Columns, old: Columns | None, told: Columns) -> None:
        zone = self._work.settings.zone
        closed = told.get("closed_at")
        if merged["status"] == "lost":
            # Some systems keep the day of winning and that of losing in two columns.
            closed = told.get("lost_at") or closed
        said = "closed_at" in told or "lost_at" in told
        if closed is None and old is not None and old["status"] == merged["status"] and not said:
            closed = old["closed_at"] if old["close_date"] == merged["close_date"] else None
        merged["closed_at"] = closed_moment(merged["status"], closed, merged["close_date"], zone)
        if merged["close_date"] is None and merged["closed_at"] is not None:
            merged["close_date"] = merged["closed_at"].astimezone(zone).date()

    def _enter_stage(self, merged: Columns, old: Columns | None, told: Columns) -> None:
        if told.get("stage_entered_at") is not None:
            merged["stage_entered_at"] = told["stage_entered_at"]
            merged["provenance"] = {**merged["provenance"], "stage_entered": "told"}
        elif old is not None and old["stage"] != merged["stage"]:
            merged["stage_entered_at"] = self._work.now
        elif old is not None and (old["provenance"] or {}).get("stage_entered") == "told":
            merged["provenance"] = {**merged["provenance"], "stage_entered": "told"}


def _note_changes(batch: Batch, written: Written) -> None:
    """Keep as history what differs from what the spine had. A field that was empty before was not known, so it did not change."""
    rows: list[dict[str, Any]] = []
    now = batch.work.now
    for identity, before in written.before.items():
        after = written.after[identity]
        for name in _TRACKED:
            old, new = (_as_text(batch, name, row[name]) for row in (before, after))
            if old == new or old is None:
                continue
            field = name.removesuffix("_id")
            rows.append(
                {
                    "id": stable_id("change", identity, field, old, new, now.isoformat()),
                    "deal_id": identity,
                    "field": field,
                    "old": old,
                    "new": new,
                    "at": now,
                    "by": None,
                    "source": SEEN,
                }
            )
    if rows:
        batch.session.execute(insert(DealChange), rows)


def _as_text(batch: Batch, name: str, value: Any) -> str | None:
    if value is None:
        return None
    if name == "owner_id":
        return batch.directory.users.names.get(value, str(value))
    if isinstance(value, Decimal):
        return plain(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def plain(value: Decimal) -> str:
    """Return a number without exponent or idle zeros: 84000, 12.5."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def write_changes(batch: Batch, lines: Sequence[Line]) -> None:
    """Bring lines of deal history in, in the form in which we note changes ourselves."""
    placed: list[tuple[Line, Columns]] = []
    for line in lines:
        text = line.text("deal") or ""
        found = batch.directory.deals.find(text)
        at = batch.work.moment(line.values.get("at"))
        if found.id is None:
            said = "More than one deal is" if found.reason == "several" else "No deal is"
            reason = f"{said} called “{text[:80]}”. Import the deals first, or together with this file."
            batch.keep_aside("change", line.row.origin, reason, line.raw())
            continue
        if at is None:
            batch.keep_aside("change", line.row.origin, "This change has no date.", line.raw())
            continue
        label = line.text("field") or "stage"
        field = _FIELDS.get(re.sub(r"[^a-z]", "", label.lower().removesuffix("__c")), slug(label)[:40])
        old, new = (_historic(batch, field, line.values.get(name), line.row.origin) for name in ("old", "new"))
        who = line.text("by")
        by = batch.directory.users.find(who) if who else Found(None)
        columns: Columns = {"id": stable_id("change", found.id, field, old, new, at.isoformat()), "deal_id": found.id}
        columns |= {"field": field, "old": old, "new": new, "at": at}
        columns |= {"by": batch.directory.users.names.get(by.id or "", who), "source": line.bookkeeping()["source"]}
        placed.append((line, columns))
    store(batch, table_of(DealChange), "change", placed)
    if placed:
        batch.work.deals_touched = True


def _historic(batch: Batch, field: str, value: object, origin: Origin) -> str | None:
    if value is None or value == "":
        return None
    text = str(value).strip()
    if field == "owner":
        found = batch.directory.users.find(text)
        return batch.directory.users.names.get(found.id or "", text)
    if field == "amount":
        number = as_decimal(value)
        if number is None and (amount := parse_amount(text)) is not None:
            number = amount.value
        return text if number is None else plain(number)
    if field == "close_date":
        moment = value if isinstance(value, date | datetime) else parse_date(text, zone=batch.work.settings.zone)
        return text if moment is None else as_date(moment).isoformat()
    return text
