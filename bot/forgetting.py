"""Forgetting an account or a person for good: from the spine, the lexical index and the vectors, with a line in the audit trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import func, or_, select

from bot.app import App
from bot.tending import drop_passages
from infra.errors import Fatal
from infra.spine.desk import AuditEntry
from infra.spine.models import Account, Contact
from sales.names import account_key, person_key

Kind = Literal["account", "person"]


@dataclass(frozen=True)
class Named:
    """The one record that is meant, and what people call it."""

    id: str
    name: str


def find_named(app: App, kind: Kind, words: str) -> Named:
    """Return the account or person with this id, mail address or name. Raises Fatal where it is nobody's, or several people's."""
    with app.database.session() as session:
        if kind == "account":
            query = select(Account.id, Account.name).where(
                or_(Account.id == words, Account.name == words, Account.name_key == account_key(words))
            )
        else:
            query = select(Contact.id, Contact.name).where(
                or_(
                    Contact.id == words,
                    func.lower(Contact.email) == words.strip().lower(),
                    Contact.name_key == person_key(words),
                )
            )
        found = session.execute(query).all()
    exact = [row for row in found if row.id == words] or found
    if not exact:
        raise Fatal(f"There is no {kind} of that name.", "Give the id, or the name as it was imported.", status=404)
    if len(exact) > 1:
        raise Fatal("Several have that name.", f"Give the id: {', '.join(row.id for row in exact[:10])}.", status=409)
    return Named(exact[0].id, exact[0].name)


def forget(app: App, kind: Kind, words: str, by: str) -> dict[str, int | str]:
    """Remove the account or person for good; return `{id, name, deals, contacts, activities, passages}` in numbers. Raises Fatal.

    Cards, alerts and questions about them in people's chats lose their words some seconds later, or after the next start of the server.
    """
    from agents.intake.forget import forget_account, forget_contact
    from integrations.sending.outbox import FOLDER, Outbox

    named = find_named(app, kind, words)
    with app.writing():
        gone = (forget_account if kind == "account" else forget_contact)(app.database, named.id)
        drop_passages(app, gone.passages)
        outbox = Outbox(app.settings.home / FOLDER)
        for marker in gone.markers:
            outbox.path_of(marker).unlink(missing_ok=True)
        # What is left of a call in which a forgotten person spoke is cut anew.
        app.index.refresh()
        with app.database.transaction() as session:
            session.add(AuditEntry(at=app.clock.now(), actor=by, surface="terminal", action="forget", subject=named.id))
    return {
        "id": named.id,
        "name": named.name,
        "deals": gone.deals,
        "contacts": gone.contacts,
        "activities": gone.activities,
        "passages": len(gone.passages),
    }
