"""The rules of the hygiene pass over all records in scope: one statement each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import and_, case, func, literal, or_, select
from sqlalchemy.orm import Session

from agents.hygiene.record import Checked, Finding, Hygiene
from agents.structured.plan import Silence
from agents.structured.silence_sql import SilenceSql, later_of
from infra.settings import Settings
from infra.spine.activity import Activity, Participant
from infra.spine.business import Account, Deal
from infra.spine.crm import CrmLink
from infra.spine.people import Contact, User
from infra.spine.scope import Scope
from infra.spine.spoken import is_booked, is_open, is_talk, is_word
from sales.hygiene import FIELDS, QUIET_CONTACT_DAYS, WORDINGS, Rule

_TEXTS = frozenset(
    {"stage", "next_step", "product", "type", "lead_source", "forecast_category", "competitor", "loss_reason"}
)
_RENAMED = {"owner": "owner_id", "contact": "contact_id"}
_NO_DEFINITION = (
    "Nobody has said which stages there are: set DEALWRIGHT_STAGES, or connect the CRM whose pipelines say so."
)


def examine(session: Session, settings: Settings, scope: Scope, as_of: datetime) -> Hygiene:
    """Return every record in scope that a rule finds wanting, as of a moment."""
    run = _Run(session, settings, scope, as_of, None)
    return run.told((*run.of_deals(), run.quiet_contacts()))


def examine_deals(session: Session, settings: Settings, scope: Scope, as_of: datetime, most: int) -> Hygiene:
    """Return how many open deals in scope each rule finds wanting, as of a moment, with the first `most` of each as records. Contacts are not looked at."""
    run = _Run(session, settings, scope, as_of, most)
    return run.told(run.of_deals())


@dataclass(frozen=True)
class _Run:
    """One pass. `wanting` gathers the ids of the deals that a rule found."""

    session: Session
    settings: Settings
    scope: Scope
    as_of: datetime
    most: int | None
    wanting: set[str] = field(default_factory=set)

    def of_deals(self) -> tuple[Checked, ...]:
        return (
            self.stale_close_dates(),
            self.zombies(),
            self.without_next_step(),
            self.with_blank_fields(),
            self.outside_stages(),
        )

    def told(self, rules: tuple[Checked, ...]) -> Hygiene:
        open_deals = self._open_deals()
        return Hygiene(as_of=self.as_of, open_deals=open_deals, clean=open_deals - len(self.wanting), rules=rules)

    def stale_close_dates(self) -> Checked:
        today = self.as_of.astimezone(self.settings.zone).date()
        return self._deals("stale_close_date", Deal.close_date < today, value=Deal.close_date)

    def without_next_step(self) -> Checked:
        missing = or_(_blank(Deal.next_step), Deal.next_step_date.is_(None))
        blank = {"next step": _blank(Deal.next_step), "its date": Deal.next_step_date.is_(None)}
        return self._deals("no_next_step", missing, blank=blank)

    def with_blank_fields(self) -> Checked:
        blank = {FIELDS[name]: is_blank(name) for name in self.settings.required_deal_fields}
        return self._deals("blank_fields", or_(*blank.values()), blank=blank)

    def outside_stages(self) -> Checked:
        named = self.settings.stages or self._stages_of_crm()
        if not named:
            return self._told("stage_outside", None, 0, (), note=_NO_DEFINITION)
        known = [one.casefold() for one in named]
        outside = and_(~_blank(Deal.stage), func.lower(Deal.stage).not_in(known))
        # Folded in Python as well: the databases' own lower() leaves letters with accents as they are on SQLite.
        return self._deals(
            "stage_outside", outside, value=Deal.stage, only=lambda stage: str(stage or "").casefold() not in known
        )

    def zombies(self) -> Checked:
        touch = SilenceSql(Silence(by="either"), self.scope, self.settings, self.as_of).shared_touches().subquery().c
        shared = (
            select(
                touch.deal_id,
                func.max(case((self._is_said(touch), touch.at))).label("last"),
                func.max(case((self._is_ahead(touch), 1), else_=0)).label("booked"),
            )
            .group_by(touch.deal_id)
            .subquery("shared")
        )
        known = select(literal(1)).where(is_talk(Activity), Activity.account_id == Deal.account_id).exists()
        since = self.as_of - timedelta(days=self.settings.zombie_days)
        # A deal that was opened later has not had the time to die.
        old = or_(Deal.created_at.is_(None), Deal.created_at <= since)
        # A deal's own activities are asked of its index, deal by deal: gathered for all, they would be the whole history.
        own = Activity.deal_id == Deal.id
        lately = select(literal(1)).where(own, self._is_said(Activity), Activity.at > since).exists()
        ahead = select(literal(1)).where(own, self._is_ahead(Activity)).exists()
        silent = and_(
            old,
            ~lately,
            ~ahead,
            or_(shared.c.last.is_(None), shared.c.last <= since),
            func.coalesce(shared.c.booked, 0) == 0,
        )
        last = select(func.max(Activity.at)).where(own, self._is_said(Activity)).correlate(Deal).scalar_subquery()
        unknown = self.session.scalar(
            select(func.count()).select_from(Deal).where(is_open(Deal), self.scope.deals(), old, ~known)
        )
        found = self._deals("zombie", and_(silent, known), value=later_of(last, shared.c.last), join=shared)
        return found.model_copy(update={"unknown": unknown or 0, "checked": (found.checked or 0) - (unknown or 0)})

    def _is_said(self, touch: Any) -> Any:
        return and_(is_word(touch), touch.at <= self.as_of)

    def _is_ahead(self, touch: Any) -> Any:
        return and_(is_booked(touch), touch.at > self.as_of)

    def quiet_contacts(self) -> Checked:
        since = self.as_of - timedelta(days=QUIET_CONTACT_DAYS)
        touch = (
            select(Participant.contact_id, func.max(Activity.at).label("last"))
            .join(Activity, Activity.id == Participant.activity_id)
            .where(Participant.contact_id.is_not(None), Activity.automatic.is_(False))
            .group_by(Participant.contact_id)
            .subquery("touch")
        )
        new = or_(Contact.created_at.is_(None), Contact.created_at <= since)
        quiet = and_(new, or_(touch.c.last.is_(None), touch.c.last <= since))
        known = select(literal(1)).where(is_talk(Activity), Activity.account_id == Contact.account_id).exists()
        rows = self.session.execute(
            select(Contact.id, Contact.name, Contact.account_id, Account.name, User.id, User.name, touch.c.last)
            .outerjoin(touch, touch.c.contact_id == Contact.id)
            .outerjoin(Account, Account.id == Contact.account_id)
            .outerjoin(User, User.id == func.coalesce(Contact.owner_id, Account.owner_id))
            .where(self.scope.contacts(), quiet, known)
            .order_by(touch.c.last.nulls_first(), Contact.id)
        )
        found = tuple(
            Finding(
                kind="contact",
                record_id=row[0],
                name=row[1],
                account_id=row[2],
                account=row[3],
                owner_id=row[4],
                owner=row[5],
                value=_text(row[6]),
            )
            for row in rows
        )
        count = select(func.count()).select_from(Contact).where(self.scope.contacts())
        unknown = self.session.scalar(count.where(~known)) or 0
        checked = (self.session.scalar(count) or 0) - unknown
        return self._told("quiet_contact", checked, len(found), found, unknown=unknown)

    def _stages_of_crm(self) -> Sequence[str]:
        return self.session.scalars(
            select(CrmLink.record_id).where(CrmLink.kind == "stage", CrmLink.deleted.is_(False))
        ).all()

    def _deals(
        self,
        rule: Rule,
        wrong: Any,
        *,
        value: Any = None,
        blank: dict[str, Any] | None = None,
        join: Any = None,
        only: Callable[[object], bool] | None = None,
    ) -> Checked:
        """Return the open deals in scope of which `wrong` is true, and `only` of the value. `blank` are conditions by the label of the field that is blank."""
        names = list(blank or {})
        flags = [case((condition, 1), else_=0) for condition in (blank or {}).values()]
        shown = literal(None) if value is None else value
        query = (
            select(
                Deal.id,
                Deal.name,
                Deal.account_id,
                Account.name,
                User.id,
                User.name,
                Deal.amount,
                Deal.currency,
                shown,
                *flags,
            )
            .outerjoin(Account, Account.id == Deal.account_id)
            .outerjoin(User, User.id == Deal.owner_id)
            .where(is_open(Deal), self.scope.deals(), wrong)
            .order_by(Deal.amount.desc().nulls_last(), Deal.id)
        )
        if join is not None:
            query = query.outerjoin(join, join.c.deal_id == Deal.id)
        rows = [row for row in self.session.execute(query) if only is None or only(row[8])]
        self.wanting.update(row[0] for row in rows)
        found = tuple(
            Finding(
                kind="deal",
                record_id=row[0],
                name=row[1],
                account_id=row[2],
                account=row[3],
                owner_id=row[4],
                owner=row[5],
                amount=row[6],
                currency=row[7] if row[6] is not None else None,
                value=_text(row[8]),
                blank=tuple(name for name, flag in zip(names, row[9:], strict=True) if flag),
            )
            for row in rows[: self.most]
        )
        return self._told(rule, self._open_deals(), len(rows), found)

    def _open_deals(self) -> int:
        return self.session.scalar(select(func.count()).select_from(Deal).where(is_open(Deal), self.scope.deals())) or 0

    def _told(
        self,
        rule: Rule,
        checked: int | None,
        count: int,
        found: tuple[Finding, ...],
        *,
        unknown: int = 0,
        note: str | None = None,
    ) -> Checked:
        words = WORDINGS[rule]
        required = ", ".join(FIELDS[name] for name in self.settings.required_deal_fields)
        meaning = words.meaning.format(
            zombie_days=self.settings.zombie_days, quiet_days=QUIET_CONTACT_DAYS, required=required
        )
        return Checked(
            rule=rule,
            label=words.label,
            meaning=meaning,
            checked=checked,
            unknown=unknown,
            count=count,
            records=found,
            note=note,
        )


def is_blank(field: str) -> Any:
    """Return the condition that a field of a deal, by its canonical key, holds nothing."""
    column = getattr(Deal, _RENAMED.get(field, field))
    return _blank(column) if field in _TEXTS else column.is_(None)


def _blank(column: Any) -> Any:
    return or_(column.is_(None), func.trim(column) == "")


def _text(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).date().isoformat()
    return str(value)
