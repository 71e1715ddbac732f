"""Which SQL a field of the catalog stands for, seen from each subject, and the joins that it needs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, case, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.selectable import FromClause

from agents.structured.catalog import CUSTOM, Subject
from agents.structured.sql_time import DaysBetween, LocalDay
from infra.settings import Settings
from infra.spine.activity import Activity
from infra.spine.business import Account, Deal, DealChange, Product, Target
from infra.spine.people import Contact, Lead, User
from infra.spine.scope import Scope
from sales.fiscal import FiscalCalendar

Expression = ColumnElement[Any]
_BASES: dict[Subject, Any] = {
    "deal": Deal,
    "account": Account,
    "user": User,
    "lead": Lead,
    "contact": Contact,
    "activity": Activity,
    "product": Product,
    "target": Target,
}


def squashed(text: Any) -> Expression:
    """Return a name without blanks, hyphens and case: `GTX Pro` and `GTXPro` meet."""
    return func.replace(func.replace(func.lower(text), " ", ""), "-", "")


class Unreachable(LookupError):
    """The subject's records have no way to this field."""


class Columns:
    """The fields of one subject as SQL, and the joins that they turned out to need. One object serves one statement."""

    def __init__(self, subject: Subject, scope: Scope, settings: Settings, as_of: datetime) -> None:
        self.subject = subject
        self.scope = scope
        self.settings = settings
        self.as_of = as_of
        self.today = FiscalCalendar(settings.fiscal_year_start, settings.zone).day_of(as_of)
        self._needed: list[str] = []
        self._owner: Any = User if subject == "user" else _OWNER
        self._account: Any = Account if subject == "account" else _ACCOUNT
        self._products: Any = Product.__table__ if subject == "product" else _PRODUCTS
        self._made: dict[str, Any] = {}

    @property
    def base(self) -> Any:
        """The mapped class of the subject."""
        return _BASES[self.subject]

    @property
    def id(self) -> Expression:
        """The subject's key."""
        key: Expression = self.base.id
        return key

    def inside(self) -> Expression:
        """Return the condition that a record is inside the asker's scope; a colleague is where deals of theirs are."""
        if self.subject == "deal":
            return self.scope.deals()
        if self.subject == "account":
            return self.scope.accounts()
        if self.subject == "lead":
            return self.scope.leads()
        if self.subject == "contact":
            return self.scope.contacts()
        if self.subject == "activity":
            return self.scope.activities()
        if self.subject == "user":
            owners = select(Deal.owner_id).where(self.scope.deals(), Deal.owner_id.is_not(None)).correlate(None)
            return or_(self.scope.users(), User.id.in_(owners))
        if self.subject == "target":
            return self.scope.users(self._need_owner())
        return literal(True)

    def source(self) -> FromClause:
        """Return the FROM clause with every join that the fields used so far need."""
        clause: Any = self.base.__table__
        for name in self._needed:
            target, condition = self._join(name)
            clause = clause.outerjoin(target, condition)
        return clause  # type: ignore[no-any-return]

    def _join(self, name: str) -> tuple[Any, Any]:
        base = self.base
        if name == "account":
            return self._account, self._account.id == base.account_id
        if name == "owner":
            return self._owner, self._owner.id == (base.user_id if self.subject == "target" else base.owner_id)
        if name == "manager":
            return _MANAGER, _MANAGER.id == self._owner.manager_id
        if name == "parent":
            return _PARENT, _PARENT.id == self._account.parent_id
        if name == "product":
            return self._products, self._products.c.spelling == Deal.product
        found = self._subquery(name)
        return found, found.c.deal_id == Deal.id

    def _subquery(self, name: str) -> Any:
        if name not in self._made:
            makers = {"slips": self._slips, "moves": self._moves, "touched": self._touched, "booked": self._booked}
            self._made[name] = makers[name]()
        return self._made[name]

    def _slips(self) -> Any:
        return _slips(self.as_of)

    def _moves(self) -> Any:
        return _moves(self.as_of)

    def _touched(self) -> Any:
        return _last_touched(self.as_of)

    def _booked(self) -> Any:
        from agents.structured.silence_sql import booked_meetings

        return booked_meetings(self.scope, self.settings, self.as_of)

    def _need(self, *names: str) -> None:
        for name in names:
            if name not in self._needed:
                self._needed.append(name)

    def _need_owner(self) -> Any:
        if self.subject != "user":
            self._need("owner")
        return self._owner

    def expression(self, key: str) -> Expression:
        """Return the SQL of a field. Raises Unreachable where the subject has no way to it."""
        entity, _, name = key.partition(".")
        if (found := CUSTOM.fullmatch(key)) is not None:
            return self._custom(found[1], found[2])
        if entity == "deal" and self.subject == "deal":
            return self._deal(name)
        if entity == "account" and (self.subject == "account" or hasattr(self.base, "account_id")):
            return self._account_field(name)
        if entity == "owner" and (self.subject in ("user", "target") or hasattr(self.base, "owner_id")):
            return self._owner_field(name)
        if entity == "product" and self.subject in ("deal", "product"):
            return self._product_field(name)
        if entity == self.subject and entity in ("lead", "contact", "activity", "target"):
            return self._own(name)
        raise Unreachable(key)

    def reaches(self, key: str) -> bool:
        """Whether the subject has a way to this field."""
        needed = list(self._needed)
        try:
            self.expression(key)
        except Unreachable:
            return False
        finally:
            self._needed = needed
        return True

    def day(self, moment: Any) -> Expression:
        """Return the day of a moment in the company's time zone."""
        return LocalDay(moment, self.settings.time_zone)

    def _deal(self, name: str) -> Expression:
        if name in ("created", "stage_entered"):
            return self.day(Deal.created_at if name == "created" else Deal.stage_entered_at)
        if name == "closed":
            day = func.coalesce(self.day(Deal.closed_at), Deal.close_date, type_=Date())
            return case((Deal.status == "open", None), else_=day)
        if name == "cycle_days":
            return DaysBetween(self._deal("closed"), self._deal("created"))
        if name == "age_days":
            return DaysBetween(literal(self.today, Date()), self._deal("created"))
        if name == "stage_days":
            return DaysBetween(literal(self.today, Date()), self._deal("stage_entered"))
        if name in ("slips", "slipped_days"):
            self._need("slips")
            return func.coalesce(
                self._subquery("slips").c.slips if name == "slips" else self._subquery("slips").c.days, 0
            )
        if name == "moves":
            self._need("moves")
            return func.coalesce(self._subquery("moves").c.moves, 0)
        if name == "last_slip":
            self._need("slips")
            return self.day(self._subquery("slips").c.at)
        if name == "next_meeting":
            self._need("booked")
            return self.day(self._subquery("booked").c.next_meeting)
        if name == "last_activity":
            self._need("touched")
            return self.day(_later(self._subquery("touched").c.at, Deal.last_activity_at))
        if name == "next_step":
            return func.nullif(func.trim(Deal.next_step), "")
        column: Expression = getattr(Deal, name)
        return column

    def _account_field(self, name: str) -> Expression:
        if self.subject != "account":
            self._need("account")
        if name == "parent":
            self._need("parent")
            return func.coalesce(_PARENT.name, self._account.parent_name)
        if name == "created":
            return self.day(self._account.created_at)
        column: Expression = getattr(self._account, name)
        return column

    def _owner_field(self, name: str) -> Expression:
        owner = self._need_owner()
        if name == "manager":
            self._need("manager")
            manager: Expression = _MANAGER.name
            return manager
        column: Expression = getattr(owner, name)
        return column

    def _product_field(self, name: str) -> Expression:
        if self.subject == "product":
            column: Expression = getattr(Product, name)
            return column
        self._need("product")
        if name == "name":
            return func.coalesce(self._products.c.name, Deal.product)
        mapped: Expression = self._products.c[name]
        return mapped

    def _own(self, name: str) -> Expression:
        moments = {
            ("lead", "created"): Lead.created_at,
            ("lead", "first_touch"): Lead.first_touch_at,
            ("lead", "next_action_date"): Lead.next_action_at,
            ("activity", "at"): Activity.at,
            ("activity", "due"): Activity.due_at,
        }
        if (self.subject, name) in moments:
            return self.day(moments[self.subject, name])
        if (self.subject, name) == ("lead", "response_days"):
            return DaysBetween(self.day(Lead.first_touch_at), self.day(Lead.created_at))
        if (self.subject, name) == ("target", "person"):
            return self._owner_field("name")
        if (self.subject, name) == ("target", "quarter"):
            return Target.fiscal_year * 10 + Target.quarter
        if (self.subject, name) == ("lead", "source"):
            return Lead.lead_source  # type: ignore[return-value]
        column: Expression = getattr(self.base, name)
        return column

    def _custom(self, entity: str, key: str) -> Expression:
        if entity == ("owner" if self.subject == "user" else self.subject):
            custom: Any = self.base.custom
        elif entity == "account" and hasattr(self.base, "account_id"):
            self._need("account")
            custom = self._account.custom
        elif entity == "owner" and hasattr(self.base, "owner_id"):
            custom = self._need_owner().custom
        else:
            raise Unreachable(key)
        value: Expression = custom[key].as_string()
        return value

    def person(self, key: str) -> tuple[Expression, Expression]:
        """Return the id and the name behind a field of type name."""
        entity = key.partition(".")[0]
        name = self.expression(key)
        if key == "owner.manager":
            return _MANAGER.id, name
        if key in ("owner.name", "target.person"):
            return self._owner.id, name
        if entity == "account":
            return self._account.id, name
        if entity == "product":
            return (Product.id if self.subject == "product" else self._products.c.id), name  # type: ignore[return-value]
        return self.id, name

    def link(self, other: Subject) -> Expression:
        """Return the column of deals by which they belong to a record of the other subject."""
        if self.subject != "deal":
            raise Unreachable(other)
        if other == "account" or other == "contact":
            return Deal.account_id  # type: ignore[return-value]
        if other == "user":
            return Deal.owner_id  # type: ignore[return-value]
        if other == "product":
            self._need("product")
            mapped: Expression = self._products.c.id
            return mapped
        raise Unreachable(other)


def _later(left: Any, right: Any) -> Expression:
    return case((left.is_(None), right), (right.is_(None), left), (left > right, left), else_=right)


def _product_map() -> Any:
    """Each spelling of a product among the deals with the product that it means, told by its name without blanks."""
    spelled = select(Deal.product.label("spelling")).where(Deal.product.is_not(None)).distinct().subquery("spelled")
    product = aliased(Product, name="listed_product")
    return (
        select(
            spelled.c.spelling,
            func.min(product.id).label("id"),
            func.min(product.name).label("name"),
            func.min(product.family).label("family"),
            func.min(product.price).label("price"),
            func.min(product.currency).label("currency"),
        )
        .select_from(
            spelled.outerjoin(
                product, or_(squashed(spelled.c.spelling) == squashed(product.name), spelled.c.spelling == product.id)
            )
        )
        .group_by(spelled.c.spelling)
        .subquery("product")
    )


def _slips(as_of: datetime) -> Any:
    later = and_(
        DealChange.field == "close_date",
        DealChange.at <= as_of,
        DealChange.old.is_not(None),
        DealChange.new.is_not(None),
        func.substr(DealChange.new, 1, 10) > func.substr(DealChange.old, 1, 10),
    )
    days = DaysBetween(func.substr(DealChange.new, 1, 10), func.substr(DealChange.old, 1, 10))
    return (
        select(
            DealChange.deal_id,
            func.count().label("slips"),
            func.sum(days).label("days"),
            func.max(DealChange.at).label("at"),
        )
        .where(later)
        .group_by(DealChange.deal_id)
        .subquery("slipped")
    )


def _moves(as_of: datetime) -> Any:
    """How often a close date was changed, to a later day or to an earlier one."""
    moved = and_(
        DealChange.field == "close_date",
        DealChange.at <= as_of,
        DealChange.old.is_not(None),
        DealChange.new.is_not(None),
        func.substr(DealChange.new, 1, 10) != func.substr(DealChange.old, 1, 10),
    )
    return (
        select(DealChange.deal_id, func.count().label("moves"))
        .where(moved)
        .group_by(DealChange.deal_id)
        .subquery("moved")
    )


def _last_touched(as_of: datetime) -> Any:
    at: InstrumentedAttribute[Any] = Activity.at
    return (
        select(Activity.deal_id, func.max(at).label("at"))
        .where(Activity.deal_id.is_not(None), at <= as_of, Activity.status == "done", Activity.kind != "task")
        .group_by(Activity.deal_id)
        .subquery("touched")
    )


# Built once: an alias costs a copy of its table's columns, which would be paid in every statement.
_OWNER: Any = aliased(User, name="owner")
_MANAGER: Any = aliased(User, name="manager")
_ACCOUNT: Any = aliased(Account, name="account")
_PARENT: Any = aliased(Account, name="parent")
_PRODUCTS: Any = _product_map()
