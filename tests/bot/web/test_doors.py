"""Who gets into the console, by which door, and what each may see. With requests as a browser makes them, and as attackers do."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from sqlalchemy import select

from infra.spine.models import AuditEntry, StoredAnswer
from tests.bot.web.conftest import ADMIN, OTHER_REP, REP
from tests.bot.web.serving import Console, form_token, post

Open = Callable[..., Console]
DEAL = "/deals/deal-acme-expansion"


def test_on_this_machine_the_person_of_the_settings_is_in(open_console: Open) -> None:
    with open_console(user=REP).client() as browser:
        page = browser.get("/")
        assert page.status_code == 200
        assert "Dana Whitfield" in page.text
        assert browser.get(DEAL).status_code == 200
        assert browser.get("/import").status_code == 403
        assert browser.get("/health").status_code == 403
        assert browser.get("/view-as").status_code == 403


def test_without_a_person_the_page_says_what_to_set(open_console: Open) -> None:
    with open_console().client() as browser:
        page = browser.get("/")
        assert page.status_code == 403
        assert "DEALWRIGHT_USER" in page.text
    with open_console(user="nobody@elsewhere.example").client() as browser:
        page = browser.get("/")
        assert page.status_code == 403
        assert "don&#39;t know you" in page.text


def test_a_foreign_name_or_a_proxy_is_not_this_machine(open_console: Open) -> None:
    console = open_console(user=ADMIN)
    for headers in (
        {"host": "evil.example"},
        {"host": "127.0.0.1.evil.example:80"},
        {"x-forwarded-for": "1.2.3.4"},
        {"forwarded": "for=1.2.3.4"},
        {"host": ""},
    ):
        with console.client(**headers) as browser:
            page = browser.get("/deals")
            assert page.status_code in (400, 403), headers
            assert "Acme" not in page.text, headers


def test_out_of_scope_looks_like_not_there(open_console: Open) -> None:
    with open_console(user=OTHER_REP).client() as browser:
        hidden = [
            browser.get(path)
            for path in (
                DEAL,
                "/accounts/acc-acme",
                "/calls/call-acme-4",
                "/activities/call-acme-4",
                "/contacts/con-acme-colleen",
            )
        ]
        absent = [
            browser.get(path)
            for path in ("/deals/deal-none", "/accounts/acc-none", "/calls/call-none", "/activities/x", "/contacts/x")
        ]
        for page, nothing in zip(hidden, absent, strict=True):
            assert page.status_code == nothing.status_code == 404
            assert page.text == nothing.text
        assert browser.get("/find?q=acme", headers={"accept": "application/json"}).json() == {"hits": []}
        assert "Acme" not in browser.get("/deals?status=any").text
        assert "Acme" not in browser.get("/accounts").text
        assert "Acme" not in browser.get("/").text


def test_signing_in_takes_the_mail_address_and_the_password(open_console: Open) -> None:
    console = open_console(console_password="correct horse")
    with console.client() as browser:
        sent = browser.get(f"{DEAL}?before=x")
        assert sent.status_code == 303
        assert sent.headers["location"] == "/sign-in?next=%2Fdeals%2Fdeal-acme-expansion%3Fbefore%3Dx"
        token = form_token(browser.get("/sign-in"))
        for values in (
            {"email": REP, "password": "wrong"},
            {"email": "nobody@x.example", "password": "correct horse"},
            {"email": REP, "password": ""},
        ):
            wrong = browser.post("/sign-in", data={"token": token, "by": "password", **values})
            assert wrong.status_code == 401
            assert "don&#39;t match" in wrong.text
        came = browser.post(
            "/sign-in",
            data={"token": token, "by": "password", "email": REP.upper(), "password": "correct horse", "next": DEAL},
        )
        assert (came.status_code, came.headers["location"]) == (303, DEAL)
        assert "HttpOnly" in came.headers["set-cookie"]
        assert "SameSite=lax" in came.headers["set-cookie"]
        assert browser.get(DEAL).status_code == 200
        assert post(browser, "/sign-out").status_code == 303
        assert browser.get(DEAL).status_code == 303
    with console.app.database.session() as session:
        actions = session.scalars(select(AuditEntry.action).where(AuditEntry.surface == "console")).all()
    assert actions.count("sign-in refused") == 3
    assert actions.count("signed in") == 1


def test_signing_in_leads_nowhere_else(open_console: Open) -> None:
    console = open_console(console_password="pw")
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x=1"):
        with console.client() as browser:
            token = form_token(browser.get("/sign-in"))
            came = browser.post(
                "/sign-in", data={"token": token, "by": "password", "email": REP, "password": "pw", "next": target}
            )
            assert came.headers["location"] == "/", target


def test_guessing_is_slowed_down(open_console: Open) -> None:
    with open_console(console_password="pw").client() as browser:
        token = form_token(browser.get("/sign-in"))
        answers = [
            browser.post(
                "/sign-in", data={"token": token, "by": "password", "email": REP, "password": str(n)}
            ).status_code
            for n in range(6)
        ]
        assert answers == [401] * 5 + [429]
        right = browser.post("/sign-in", data={"token": token, "by": "password", "email": REP, "password": "pw"})
        assert right.status_code == 429


def test_under_https_the_cookie_is_secure(open_console: Open) -> None:
    with open_console(console_password="pw").client(**{"x-forwarded-proto": "https"}) as browser:
        assert "Secure" in browser.get("/sign-in").headers["set-cookie"]


def test_a_trusted_proxy_names_the_person(open_console: Open) -> None:
    console = open_console(console_identity_header="X-Forwarded-Email", user=ADMIN)
    with console.client(**{"x-forwarded-email": OTHER_REP, "host": "deals.example"}) as browser:
        assert "Luis Ferrer" in browser.get("/").text
        assert browser.get(DEAL).status_code == 404
    with console.client() as browser:
        assert browser.get("/").status_code == 403


def test_the_api_token_opens_every_door_as_an_admin(open_console: Open) -> None:
    for settings in ({"console_password": "pw"}, {"console_identity_header": "X-Who"}, {}):
        console = open_console(api_token="tok", **settings)
        with console.client(authorization="Bearer tok", host="deals.example") as program:
            assert program.get(DEAL).status_code == 200
            asked = program.post(
                "/ask", data={"question": "Which deals are silent?"}, headers={"accept": "application/json"}
            )
            assert asked.status_code == 202
        with console.client(authorization="Bearer wrong", host="deals.example") as program:
            assert program.get(DEAL).status_code in (303, 403)
        with console.client() as browser:
            token = form_token(browser.get("/sign-in"))
            assert browser.post("/sign-in", data={"token": token, "by": "token", "password": "no"}).status_code == 401
            assert browser.post("/sign-in", data={"token": token, "by": "token", "password": "tok"}).status_code == 303
            assert browser.get("/view-as").status_code == 200


def _refused(response: httpx.Response) -> bool:
    return response.status_code == 403 and "came from another page" in response.text


def test_a_form_from_another_page_is_refused(open_console: Open) -> None:
    console = open_console(user=ADMIN)
    with console.client() as browser:
        token = form_token(browser.get("/"))
        question = {"question": "Which deals are silent?"}
        assert _refused(browser.post("/ask", data=question))
        assert _refused(browser.post("/ask", data={**question, "token": "0" * 64}))
        assert _refused(
            browser.post("/ask", data={**question, "token": token}, headers={"origin": "https://evil.example"})
        )
        assert _refused(browser.post("/ask", data={**question, "token": token}, headers={"origin": "null"}))
        assert _refused(
            browser.post("/ask", data={**question, "token": token}, headers={"sec-fetch-site": "cross-site"})
        )
        for path in ("/view-as", "/press/useful", "/joins", "/import/files", "/asks/x/stop"):
            assert _refused(browser.post(path, data={"value": "x"})), path
        assert (
            browser.post("/ask", data={**question, "token": token}, headers={"origin": console.url}).status_code == 303
        )
    with console.app.database.session() as session:
        assert len(session.scalars(select(StoredAnswer)).all()) == 1


def test_an_admin_as_somebody_else_sees_that_persons_deals_and_keeps_their_own_conversations(
    open_console: Open,
) -> None:
    console = open_console(user=ADMIN)
    with console.client() as browser:
        page = browser.get("/view-as").text
        user = page.split("Luis Ferrer")[0].rsplit('value="', 1)[1].split('"')[0]
        own = post(browser, "/ask", question="Which deals are silent?").headers["location"]
        assert post(browser, "/view-as", user=user).status_code == 303
        assert browser.get(DEAL).status_code == 404
        assert browser.get("/import").status_code == 403
        assert browser.get(own.split("#")[0]).status_code == 404
        post(browser, "/ask", question="How is Summit?")
        assert console.app.ask.seen[-1].user_id == user
        assert not console.app.ask.seen[-1].scope.everything
        assert post(browser, "/view-as", user="").status_code == 303
        assert browser.get(own.split("#")[0]).status_code == 200
        assert "How is Summit" not in browser.get("/history").text


def test_a_rep_cannot_view_as_anybody(open_console: Open) -> None:
    with open_console(user=REP).client() as browser:
        assert post(browser, "/view-as", user="user-x").status_code == 403


def test_conversations_and_answers_are_their_owners_alone(open_console: Open) -> None:
    console = open_console(console_identity_header="X-Who")
    with console.client(**{"x-who": REP}) as dana, console.client(**{"x-who": OTHER_REP}) as luis:
        kept = post(dana, "/ask", question="What's the latest on Acme?").headers["location"]
        chat, answer = kept.split("#answer-")
        assert dana.get(chat).status_code == 200
        assert luis.get(chat).status_code == 404
        assert "Acme" not in luis.get("/history").text
        assert post(luis, "/press/useful", value=answer).status_code == 404
        assert (
            post(luis, "/ask", question="And their legal team?", conversation=chat.removeprefix("/chat/")).status_code
            == 404
        )
        assert "<mark>" in dana.get(f"/calls/call-acme-4?answer={answer}&evidence=1").text
        with console.client(**{"x-who": ADMIN}) as ines:
            opened = ines.get(f"/calls/call-acme-4?answer={answer}&evidence=1")
            assert opened.status_code == 200
            assert "<mark>" not in opened.text


def test_every_page_keeps_to_itself(open_console: Open) -> None:
    with open_console(user=ADMIN).client() as browser:
        page = browser.get("/")
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert "style=" not in page.text
        assert "http://" not in page.text.replace("http://127", "")
        style = browser.get(page.text.split('<link rel="stylesheet" href="')[1].split('"')[0])
        assert "immutable" in style.headers["cache-control"]
        assert browser.get("/static/..%2fpages.py").status_code == 404
        assert browser.get("/static/nothing.js").status_code == 404


def test_a_browser_gets_a_page_where_nothing_is_and_a_program_gets_json(open_console: Open) -> None:
    with open_console(user=ADMIN).client() as browser:
        lost = browser.get("/no/such/page")
        assert lost.status_code == 404
        assert "There is nothing here that you can see." in lost.text
        program = browser.get("/no/such/page", headers={"accept": "*/*"})
        assert program.status_code == 404
        assert program.json()["error"]["sentence"]
        assert browser.get("/api/nothing").status_code == 401


def test_a_question_that_is_none_is_told_so(open_console: Open) -> None:
    with open_console(user=ADMIN).client() as browser:
        assert post(browser, "/ask", question="  ").status_code == 422
        assert post(browser, "/ask", question="x" * 4_001).status_code == 422
        assert post(browser, "/press/explode", value="x").status_code == 404
        assert browser.get("/chat/web-0000000000000000-0").status_code == 404


def test_a_failure_is_a_page_in_fixed_words(open_console: Open) -> None:
    with open_console(user=ADMIN).client() as browser:
        failed = post(browser, "/ask", question="Please break")
        assert failed.status_code == 500
        assert "Something went wrong on our side." in failed.text
        assert "DW-" in failed.text
        assert "secret words" not in failed.text
