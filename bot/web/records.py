"""The pages of accounts and deals, their lists, and finding one by its name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any, Literal, get_args
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.orm import Session

from agents.listing import PAGE, AccountOrder, DealOrder, Filter, find, list_accounts, list_deals, owners_and_stages
from agents.outreach.overview import list_sequences
from agents.standing import account_of_contact, read_account, read_deal, read_deals, read_people
from agents.timeline import Entry, Timeline, deal_of_change, read_timeline
from bot.addresses import record_address
from bot.web.addresses import with_query
from bot.web.answering import find_cited, talks
from bot.web.choosing import KINDS, REASONS, may_choose
from bot.web.deal_health import health_of
from bot.web.doorway import Visitor
from bot.web.gate import NotHere, gated_route, visitor_of, wants_data
from bot.web.pages import HEADERS, Desk
from bot.web.workflow import next_on

Kind = Literal["account", "deal"]
_SEQUENCES = 20


def record_routes(desk: Desk) -> APIRouter:
    """Return the routes of accounts and deals."""
    router = APIRouter(route_class=gated_route(desk), include_in_schema=False)

    @router.get("/deals")
    async def deals(request: Request) -> Response:
        return await to_thread.run_sync(_deals_page, desk, request)

    @router.get("/accounts")
    async def accounts(request: Request) -> Response:
        return await to_thread.run_sync(_accounts_page, desk, request)

    @router.get("/deals/{id:path}")
    async def deal(request: Request, id: str) -> Response:
        return await to_thread.run_sync(_record_page, desk, request, "deal", id)

    @router.get("/accounts/{id:path}")
    async def account(request: Request, id: str) -> Response:
        return await to_thread.run_sync(_record_page, desk, request, "account", id)

    @router.get("/changes/{id:path}")
    async def change(request: Request, id: str) -> Response:
        return await to_thread.run_sync(_to_change, desk, request, id)

    @router.get("/contacts/{id:path}")
    async def contact(request: Request, id: str) -> Response:
        return await to_thread.run_sync(_to_contact, desk, request, id)

    @router.get("/find")
    async def find_record(request: Request, q: str = "") -> Response:
        return await to_thread.run_sync(_find_page, desk, request, q[:200])

    return router


def page_number(request: Request) -> int:
    """Return the page of a list that is asked for."""
    given = request.query_params.get("page", "")
    return max(1, min(100_000, int(given))) if given.isascii() and given.isdigit() and len(given) < 7 else 1


def order_of(request: Request, known: tuple[str, ...], usual: str) -> tuple[str, bool]:
    """Return the column that a list is ordered by, and whether downwards; `usual` where none of the known is asked for."""
    given = request.query_params.get("order", "")
    if given.removeprefix("-") not in known:
        given = usual
    return given.removeprefix("-"), given.startswith("-")


def _deals_page(desk: Desk, request: Request) -> Response:
    visitor, query = visitor_of(request), request.query_params
    status = query.get("status", "open")
    held = Filter(
        query.get("q", "")[:200],
        status if status in ("open", "won", "lost", "any") else "open",
        query.get("owner", "")[:80],
        query.get("stage", "")[:200],
    )
    order, down = order_of(request, get_args(DealOrder), "close")
    page = page_number(request)
    with desk.app.database.session() as session:
        listed = list_deals(session, visitor.scope, desk.app.clock.now(), held, order, down=down, page=page)  # type: ignore[arg-type]
        owners, stages = owners_and_stages(session, visitor.scope)
    kept = {
        "q": held.words,
        "status": held.status if held.status != "open" else None,
        "owner": held.owner,
        "stage": held.stage,
    }
    return desk.page(
        request,
        "deals.html",
        visitor,
        listed=listed,
        held=held,
        owners=owners,
        stages=stages,
        order=order,
        down=down,
        page=page,
        size=PAGE,
        kept=kept,
        talks=talks(desk, visitor),
        conversation=None,
    )


def _accounts_page(desk: Desk, request: Request) -> Response:
    visitor = visitor_of(request)
    words = request.query_params.get("q", "")[:200]
    order, down = order_of(request, get_args(AccountOrder), "name")
    page = page_number(request)
    with desk.app.database.session() as session:
        listed = list_accounts(session, visitor.scope, desk.app.clock.now(), words, order, down=down, page=page)  # type: ignore[arg-type]
    return desk.page(
        request,
        "accounts.html",
        visitor,
        listed=listed,
        words=words,
        order=order,
        down=down,
        page=page,
        size=PAGE,
        kept={"q": words},
        talks=talks(desk, visitor),
        conversation=None,
    )


def _record_page(desk: Desk, request: Request, kind: Kind, id: str) -> Response:
    visitor, query = visitor_of(request), request.query_params
    before = _moment(query.get("before"))
    with desk.app.database.session() as session:
        found = (_deal if kind == "deal" else _account)(session, visitor, id, desk.app.clock.now(), before)
    cited = find_cited(desk, visitor, query.get("answer", ""), query.get("evidence", ""))
    if cited is not None and cited.source == "change" and before is None:
        return RedirectResponse(with_query(f"/changes/{quote(cited.id, safe='')}", **dict(query)), 303, headers=HEADERS)
    part = request.headers.get("x-part") == "panel"
    if kind == "deal":
        found |= {"health": health_of(desk, visitor, id), "todo": next_on(desk, visitor, id)}
    if kind == "account":
        found |= {"choosable": may_choose(desk, visitor, found["sequences"]), "kinds": KINDS, "reasons": REASONS}
    return desk.page(
        request,
        f"{kind}.html",
        visitor,
        **found,
        days=_days(desk, found["timeline"]),
        before=before,
        quote=cited.quote if cited else None,
        cited=cited.id if cited else None,
        cited_other=cited is not None and cited.id != id,
        here=record_address(kind, id),
        part=part,
        talks=[] if part else talks(desk, visitor),
        conversation=None,
    )


def _deal(session: Session, visitor: Visitor, id: str, now: datetime, before: datetime | None) -> dict[str, Any]:
    deal = read_deal(session, visitor.scope, id, now)
    if deal is None:
        raise NotHere
    people = read_people(session, visitor.scope, deal.account_id) if deal.account_id else []
    return {
        "deal": deal,
        "people": people,
        **_qualification(session, visitor, id),
        "timeline": read_timeline(session, visitor.scope, now, deal_id=id, before=before),
    }


def _qualification(session: Session, visitor: Visitor, deal_id: str) -> dict[str, Any]:
    """Return the framework in force and its elements, each with what the deal's calls said of it, the newest first."""
    from agents.notes.qualification import frameworks_in
    from agents.notes.qualification_history import histories

    framework = frameworks_in(session).current
    told = histories(session, deal_id, framework=framework, scope=visitor.scope)
    return {
        "framework": framework.name,
        "elements": [{"label": rule.label, "ask": rule.ask, "told": told[rule.key]} for rule in framework.elements],
    }


def _account(session: Session, visitor: Visitor, id: str, now: datetime, before: datetime | None) -> dict[str, Any]:
    account = read_account(session, visitor.scope, id)
    if account is None:
        raise NotHere
    return {
        "account": account,
        "deals": read_deals(session, visitor.scope, id, now),
        "people": read_people(session, visitor.scope, id),
        "timeline": read_timeline(session, visitor.scope, now, account_id=id, before=before),
        "sequences": list_sequences(session, visitor.scope, now, account=id, limit=_SEQUENCES),
    }


def _days(desk: Desk, timeline: Timeline) -> list[tuple[date, list[Entry]]]:
    """Return the timeline's entries by day, newest first."""
    dated = [(desk.local(entry.at).date(), entry) for entry in timeline.entries if entry.at is not None]
    return [(day, [entry for _, entry in run]) for day, run in groupby(dated, key=lambda one: one[0])]


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return (
        moment.astimezone(UTC)
        if moment is not None and moment.tzinfo is not None and 1900 < moment.year < 2200
        else None
    )


def _to_change(desk: Desk, request: Request, id: str) -> Response:
    with desk.app.database.session() as session:
        found = deal_of_change(session, visitor_of(request).scope, id)
    if found is None:
        raise NotHere
    deal_id, at = found
    # The timeline is cut just after the change, so that it stands on the page however old it is.
    query: dict[str, str] = dict(request.query_params) | {"before": (at + timedelta(seconds=1)).isoformat()}
    return RedirectResponse(
        f"{with_query(record_address('deal', deal_id) or '/', **query)}#change-{quote(id)}", 303, headers=HEADERS
    )


def _to_contact(desk: Desk, request: Request, id: str) -> Response:
    with desk.app.database.session() as session:
        account_id = account_of_contact(session, visitor_of(request).scope, id)
    if account_id is None:
        raise NotHere
    return RedirectResponse(
        f"{with_query(record_address('account', account_id) or '/', **dict(request.query_params))}#contact-{quote(id)}",
        303,
        headers=HEADERS,
    )


def _find_page(desk: Desk, request: Request, words: str) -> Response:
    visitor = visitor_of(request)
    with desk.app.database.session() as session:
        hits = find(session, visitor.scope, words)
    if wants_data(request):
        told = [
            {"kind": hit.kind, "name": hit.name, "beside": hit.beside or "", "url": record_address(hit.kind, hit.id)}
            for hit in hits
        ]
        return JSONResponse({"hits": told}, headers=HEADERS)
    return desk.page(
        request, "find.html", visitor, hits=hits, words=words, talks=talks(desk, visitor), conversation=None
    )
