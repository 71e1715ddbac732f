"""`The Dock deal` where several deals fit: the only open one is taken and said, else the question goes back with their names."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from agents.question import Question
from agents.structured.draft import Draft
from agents.structured.plan import Plan, Predicate
from agents.structured.runner import Statement
from agents.structured.trouble import Trouble, ask_back
from agents.structured.vocabulary import Vocabulary
from infra.settings import Settings
from infra.spine.business import Deal

_MOST = 200
_OFFERED = 8
_ENDED = {"deal.closed", "deal.loss_reason"}


def single_deal(
    session: Session, plan: Plan, draft: Draft, question: Question, settings: Settings, words: Vocabulary
) -> Plan:
    """Return the plan of a look-up narrowed to the one deal that is spoken of. Raises Trouble where several are as likely."""
    if plan.shape != "lookup" or plan.subject != "deal" or not draft.one_deal:
        return plan
    statement = Statement(plan, question, settings, words)
    conditions = statement.base()
    rows = session.execute(
        select(Deal.id, Deal.name, Deal.status, Deal.owner_id)
        .select_from(statement.columns.source())
        .where(*conditions)
        .order_by(Deal.amount.desc().nulls_last(), Deal.id)
        .limit(_MOST)
    ).all()
    if len(rows) < 2:
        return plan
    likely = [row for row in rows if (row.status != "open") == bool(_ENDED & set(plan.columns))]
    if len(likely) == 1:
        one = likely[0]
        kind = "open" if one.status == "open" else "closed"
        chosen = Predicate(field="deal.name", op="is", values=(one.id,), shown=(one.name,))
        told = f"the only {kind} one of {len(rows)} deals that fit"
        return plan.model_copy(update={"where": (*plan.where, chosen), "defaults": (*plan.defaults, told)})
    own = [row for row in likely if row.owner_id is not None and row.owner_id == question.user_id]
    first = own or likely or list(rows)
    shown = [*first, *(row for row in rows if row not in first)][:_OFFERED]
    start, end = _place(draft)
    choices = tuple((row.name, f"{draft.text[:start]}the deal {row.name}{draft.text[end:]}") for row in shown)
    more = f"; these are {len(shown)} of them" if len(rows) > len(shown) else ""
    raise Trouble(ask_back(f"{len(rows)} deals fit “{draft.text[start:end]}”{more}. Which one do you mean?", choices))


def _place(draft: Draft) -> tuple[int, int]:
    """Return the letters that name the deal, from the article to the noun."""
    at = draft.deal_nouns[0]
    beside = [group for group in draft.values if abs(group.at - at) <= 2 or abs(group.last - at) <= 2] or draft.values
    start = min(draft.pieces[min(group.at for group in beside)].start, draft.pieces[at].start)
    end = max(draft.pieces[max(group.last for group in beside)].end, draft.pieces[at].end)
    before = draft.text[:start].rstrip()
    if before.lower().endswith(("the", "our", "my")):
        start = len(before) - (2 if before.lower().endswith("my") else 3)
    return start, end
