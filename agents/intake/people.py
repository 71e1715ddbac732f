"""Users, contacts, leads and targets: from lines of a table to people who are there once."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agents.intake.batch import Batch, table_of
from agents.intake.directory import team_key
from agents.intake.identity import fitted, is_made, stable_id
from agents.intake.lookup import Found, PersonNames
from agents.intake.rekey import rekey
from agents.intake.rows import FILL, Columns, Line, as_decimal, fill_only, store
from agents.intake.writing import write
from agents.signals.own import note_moves
from infra.spine.models import Contact, Lead, Target, User
from sales.fiscal import parse_quarter
from sales.names import fold, person_key

_MANAGER_WORDS = frozenset(
    "manager leader lead director head vp vice president chief cro svp avp leiter leiterin teamleiter directeur".split()
)
_ADMIN_WORDS = frozenset("admin administrator administrateur owner superuser".split())
_NOT_LEADING = frozenset("account territory customer success relationship product".split())


def role_of(text: str | None) -> str | None:
    """Return rep, manager or admin for a role or title: `Regional Director` leads people, `Account Manager` does not. None for None."""
    if text is None:
        return None
    words = re.findall(r"[^\W\d_]+", fold(text))
    if any(word in _ADMIN_WORDS for word in words):
        return "admin"
    leads = any(word in _MANAGER_WORDS for word in words)
    # An account manager sells; a manager of account managers is called otherwise.
    sells = len(words) >= 2 and words[-1] == "manager" and words[-2] in _NOT_LEADING
    return "manager" if leads and not sells else "rep"


def _person_identity(
    people: PersonNames, kind: str, line: Line, alike: list[str], fallback: tuple[object, ...], renamed: dict[str, str]
) -> str:
    """Return who a line is about: by its id, its mail address, or its name among `alike`."""
    told, email = line.text("external_id"), _email(line)
    same = people.emails.get(email) if email else None
    if same is None:
        unmailed = [identity for identity in alike if email is None or people.email_of(identity) is None]
        same = unmailed[0] if len(unmailed) == 1 else None
    if told is None:
        return same or stable_id(kind, *fallback)
    identity = people.joined.get(fitted(kind, told), fitted(kind, told))
    if same is None:
        # What a file called by this id was taken for a name, as long as nothing better was known.
        same = next((other for other in people.called(told) if people.names[other] == told), None)
    if identity not in people and same is not None and is_made(same) and not is_made(identity):
        renamed[same] = identity
        people.forget(same)
    return identity


def _email(line: Line) -> str | None:
    email = line.text("email")
    return email.lower() if email and "@" in email else None


def write_users(batch: Batch, lines: Sequence[Line]) -> None:
    """Bring lines of users in; managers whom they name are made where they have no line."""
    users = batch.directory.users
    renamed: dict[str, str] = {}
    placed: list[tuple[Line, Columns]] = []
    for line in lines:
        name = line.text("name") or ""
        email = _email(line)
        key = person_key(name)
        if not key and not email:
            batch.keep_aside("user", line.row.origin, "This user has neither a name nor a mail address.", line.raw())
            continue
        identity = _person_identity(users, "user", line, users.called(name), (email or key,), renamed)
        taken = users.emails.get(email) if email else None
        if taken is not None and taken != identity:
            batch.keep_aside("user", line.row.origin, "Another user has this mail address already.", line.raw())
            continue
        columns: Columns = {"id": identity, "name": name, "name_key": key or (email or "")}
        columns |= {name: value for name, value in line.texts("team", "region", "time_zone").items() if value}
        if email:
            columns["email"] = email
        if (role := role_of(line.text("role"))) is not None:
            columns["role"] = role
        if isinstance(line.values.get("active"), bool):
            columns["active"] = line.values["active"]
        columns |= {"custom": batch.custom("user", line.row.custom), **line.bookkeeping()}
        placed.append((line, columns))
        batch.directory.add_user(identity, name, email, line.text("team"))
    if renamed:
        batch.flush_made()
        rekey(batch.session, table_of(User), renamed)
        _follow_users(batch, renamed)
    _, refused = store(batch, table_of(User), "user", placed)
    for identity in refused:
        users.forget(identity)
    _link_managers(batch, [(line, columns["id"]) for line, columns in placed if columns["id"] not in refused])
    batch.work.people_touched = True


def _follow_users(batch: Batch, renamed: dict[str, str]) -> None:
    owners = batch.directory.account_owner
    for account, owner in owners.items():
        if owner in renamed:
            owners[account] = renamed[owner]
    for life in batch.directory.lives.values():
        if life.owner in renamed:
            life.owner = renamed[life.owner]


def _link_managers(batch: Batch, placed: Sequence[tuple[Line, str]]) -> None:
    """Managers often stand below their people in the same table: they are looked up when all of a batch are in."""
    rows: list[Columns] = []
    for line, identity in placed:
        text = line.text("manager")
        if text is None:
            continue
        found = batch.user(text, line.row.origin, role="manager")
        batch.link("user", identity, "manager_id", "user", text, found, line.row.origin.system)
        if found.id is not None and found.id != identity:
            rows.append({"id": identity, "manager_id": found.id})
    batch.flush_made()
    write(batch.session, table_of(User), rows)


def write_contacts(batch: Batch, lines: Sequence[Line]) -> None:
    """Bring lines of contacts in, with their accounts."""
    contacts = batch.directory.contacts
    renamed: dict[str, str] = {}
    placed: list[tuple[Line, Columns]] = []
    for line in lines:
        name, email, account_text = line.text("name") or "", _email(line), line.text("account")
        account = batch.account(account_text, line.row.origin, create=True) if account_text else None
        key = person_key(name)
        alike = contacts.called(name, account.id) if account and account.id else contacts.called(name)
        if not account_text:
            alike = [each for each in alike if contacts.accounts.get(each) is None or len(alike) == 1]
        place = account.id if account and account.id else account_text
        fallback = (email,) if email else (place, key)
        identity = _person_identity(contacts, "contact", line, alike, fallback, renamed)
        columns: Columns = {"id": identity, "name": name or email or "", "name_key": key}
        columns |= line.texts("title", "role", "stance", "phone", "note") | line.moments("created_at")
        if email or line.has("email"):
            columns["email"] = email
        if line.has("account"):
            columns["account_id"] = account.id if account else None
            found = account or Found(None)
            batch.link("contact", identity, "account_id", "account", account_text, found, line.row.origin.system)
        columns |= _owner(batch, line, "contact", identity)
        columns |= {"custom": batch.custom("contact", line.row.custom), **line.bookkeeping()}
        if line.text("external_id") in contacts.joined:
            columns[FILL] = True
        placed.append((line, columns))
        contacts.add(identity, columns["name"], email, account.id if account else contacts.accounts.get(identity))
    if renamed:
        batch.flush_made()
        rekey(batch.session, table_of(Contact), renamed)
    written, refused = store(batch, table_of(Contact), "contact", placed, fill_only)
    note_moves(batch.session, written.before, written.after, batch.work.now)
    for identity in refused:
        contacts.forget(identity)
    batch.work.people_touched = True


def _owner(batch: Batch, line: Line, kind: str, identity: str) -> Columns:
    if not line.has("owner"):
        return {}
    text = line.text("owner")
    found = batch.user(text, line.row.origin) if text else Found(None)
    batch.link(kind, identity, "owner_id", "user", text, found, line.row.origin.system)
    return {"owner_id": found.id}


def write_leads(batch: Batch, lines: Sequence[Line]) -> None:
    """Bring lines of leads in. Their company is linked where it is an account; none is made of it."""
    placed: list[tuple[Line, Columns]] = []
    for line in lines:
        name, email, company = line.text("name") or "", _email(line), line.text("company")
        told = line.text("external_id")
        key = person_key(name)
        identity = fitted("lead", told) if told else stable_id("lead", email or key, None if email else company)
        columns: Columns = {"id": identity, "name": name or email or company or "", "name_key": key}
        columns |= line.texts("company", "title", "phone", "status", "next_action", "note")
        columns |= line.moments("created_at", "first_touch_at", "next_action_at")
        if line.has("source"):
            columns["lead_source"] = line.text("source")
        if email or line.has("email"):
            columns["email"] = email
        account = batch.account(company, line.row.origin, create=False) if company else Found(None)
        batch.link("lead", identity, "account_id", "account", company, account, line.row.origin.system)
        columns["account_id"] = account.id
        columns |= _owner(batch, line, "lead", identity)
        columns |= {"custom": batch.custom("lead", line.row.custom), **line.bookkeeping()}
        placed.append((line, columns))
    store(batch, table_of(Lead), "lead", placed)


def write_targets(batch: Batch, lines: Sequence[Line]) -> None:
    """Bring lines of targets in. Who is no user and no mail address is a team."""
    placed: list[tuple[Line, Columns]] = []
    for line in lines:
        who, when = line.text("owner") or "", line.text("quarter") or ""
        quarter, amount = parse_quarter(when), as_decimal(line.values.get("amount"))
        if quarter is None or amount is None:
            reason = (
                f"“{when[:40]}” is not a quarter: write it like 2026-Q4."
                if quarter is None
                else "This target has no amount."
            )
            batch.keep_aside("target", line.row.origin, reason, line.raw())
            continue
        found = Found(None) if team_key(who) in batch.directory.teams else batch.directory.users.find(who)
        if found.id is None and "@" in who:
            found = batch.user(who, line.row.origin)
        team = None if found.id else batch.directory.teams.get(team_key(who), who)
        identity = stable_id("target", found.id or team_key(who), quarter.year, quarter.number)
        if found.id is None and team_key(who) not in batch.directory.teams:
            batch.link("target", identity, "user_id", "user", who, found, line.row.origin.system)
        else:
            batch.link("target", identity, "user_id", "user", None, found, line.row.origin.system)
        columns: Columns = {"id": identity, "user_id": found.id, "team": team}
        columns |= {"fiscal_year": quarter.year, "quarter": quarter.number, "amount": amount}
        placed.append((line, columns | {"currency": line.currency()} | line.bookkeeping()))
    store(batch, table_of(Target), "target", placed)
