"""What a mail that came in turned out to be, by its words and headers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales.mail.days import back_on, days_named
from sales.mail.incoming import Incoming, Kind
from sales.mail.moods import mood_of, revisit_on
from sales.mail.opt_out import opt_out_words
from sales.mail.reasons import reason_of
from sales.mail.sorting import own_text, sort_mail
from sales.records import Person

DAY = date(2026, 7, 20)


def reply(new: str, *, subject: str = "Re: An idea", quoted: str = "", **headers: str) -> Incoming:
    return Incoming(
        message_id="a@b.example",
        subject=subject,
        sender=Person("Anna Berg", "anna@buyer.example", "from"),
        headers={"from": "Anna Berg <anna@buyer.example>"} | {k.replace("_", "-"): v for k, v in headers.items()},
        text=f"{new}\n{quoted}",
        new=new,
        quoted=quoted,
        in_reply_to="t@ours.example",
    )


def kind_of(new: str, **more: str) -> Kind:
    return sort_mail(reply(new, **more), DAY).kind


@pytest.mark.parametrize(
    "text",
    [
        "unsubscribe",
        "STOP",
        "Please remove me from your list.",
        "Please stop emailing me.",
        "Take me off this list, thanks",
        "How do I unsubscribe?",
        "Not interested, please don't contact me again.",
        "I don't want to receive these emails any more",
        "Hi Sam,\n\nkindly delete my email address from your database.\n\nAnna",
        "Do not email me.",
        "Bitte nehmen Sie mich aus Ihrem Verteiler.",
        "Ich möchte keine weiteren E-Mails von Ihnen erhalten.",
        "Merci de ne plus me contacter",
        "No me escriban más",
        "Quiero darme de baja",
        "Não quero mais receber esses e-mails",
        "Non scrivetemi più",
        "Verwijder mij uit jullie lijst",
        "Ta bort mig från listan",
        "Proszę mnie usunąć z listy",
        "Удалите меня из рассылки",
        "配信停止してください",
        "请不要再给我发邮件",
        "더 이상 메일 보내지 마세요",
    ],
)
def test_a_person_opts_out_in_their_own_words(text: str) -> None:
    assert kind_of(text) == "opt_out"


@pytest.mark.parametrize(
    "text",
    [
        "How do users unsubscribe from your product?",
        "Customers tell us “stop emailing me” a lot. How do you deal with that?",
        "Can your tool remove me from duplicate lists?",
        "We had a 3% unsubscribe rate last quarter, and half of it was undeliverable.",
        "If you don't want to receive these emails, unsubscribe here.",
        "Please don't email me the contract, send it by DocuSign.",
        "Please remove me from this thread and add Anna.",
        "Don't contact us before Monday, we are moving offices.",
        "No need to email me, call me instead.",
        "I stopped emailing you as I was ill.",
        "I do not want to receive the demo before our legal team has signed.",
        "Our prospects want to be removed from the database when they ask.",
        "Does it handle opt-outs? We must not contact people who opted out.",
        "Ne m'envoyez pas le contrat avant lundi.",
        "Bitte senden Sie mir keine Unterlagen vor dem Termin.",
        "No me envíe el contrato todavía.",
        "I got an out of office from Tom, and a bounce from Eva: 550 5.1.1 user unknown.",
        "Your mail was undeliverable at first, now it arrived. Mail delivery failed: returning message to sender, it said.",
        "I was out of office last week. Let's talk on Thursday.",
        "Thanks!\n\nAnna Berg\nHead of IT\nUnsubscribe: https://buyer.example/u/1",
        "Thanks!\n-- \nAnna\nTo unsubscribe from our newsletter write to stop@buyer.example",
    ],
)
def test_what_only_talks_about_these_things_is_an_answer(text: str) -> None:
    verdict = sort_mail(reply(text), DAY)
    assert verdict.human
    assert verdict.kind != "opt_out"


def test_our_own_footer_under_an_answer_is_nobodys_opt_out() -> None:
    ours = "Hi Anna,\nsaw that you hire.\n\nUnsubscribe me\nReply stop and I will not write again."
    mail = reply("Thanks, what does it cost?\n\nUnsubscribe me\nReply stop and I will not write again.")
    assert sort_mail(mail, DAY, ours=ours).kind == "question"
    assert own_text(mail, ours) == "Thanks, what does it cost?"
    assert sort_mail(reply("", quoted="> unsubscribe me\n> stop emailing me"), DAY).kind == "unclear"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Sounds good, can we talk on Thursday?", "positive"),
        ("I'd be happy to chat. Send me some times.", "positive"),
        ("Klingt interessant, rufen Sie mich an.", "positive"),
        ("Me interesa, ¿cuándo podemos hablar?", "positive"),
        ("What does it cost for 40 seats?", "question"),
        ("Does it work with Salesforce?", "question"),
        ("We're not interested, thanks.", "objection"),
        ("We already use a competitor and are happy with it.", "objection"),
        ("Kein Bedarf, danke.", "objection"),
        ("Ask me again in Q3.", "not_now"),
        ("Not right now, budgets are frozen until January.", "not_now"),
        ("Melden Sie sich im September wieder.", "not_now"),
        ("Anna", "unclear"),
        ("Ok.", "unclear"),
    ],
)
def test_an_answer_is_read(text: str, kind: Kind) -> None:
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Ask me in Q4.", date(2026, 10, 1)),
        ("Can you reach out next quarter?", date(2026, 10, 1)),
        ("Get back to me in September, please.", date(2026, 9, 1)),
        ("Contact me again after the summer.", date(2026, 9, 1)),
        ("Melden Sie sich im Oktober wieder.", date(2026, 10, 1)),
        ("Recontactez-moi en novembre.", date(2026, 11, 1)),
        ("Let's revisit in the new year.", date(2027, 1, 7)),
        ("Not now.", None),
    ],
)
def test_not_now_carries_the_day_that_was_named(text: str, day: date | None) -> None:
    mood = mood_of(text, DAY)
    assert mood.kind == "not_now"
    assert mood.revisit_on == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("I am out of the office until Monday 3 August.", date(2026, 8, 4)),
        ("I will be back on August 17.", date(2026, 8, 17)),
        ("Ich bin bis zum 31.07.2026 nicht im Büro und ab dem 3. August wieder erreichbar.", date(2026, 8, 3)),
        ("Je suis absent du 20 juillet au 7 août inclus.", date(2026, 8, 8)),
        ("Je serai de retour le lundi 10 août.", date(2026, 8, 10)),
        ("Estaré fuera de la oficina hasta el 15 de agosto", date(2026, 8, 16)),
        ("Sono assente fino al 24 agosto. Rientro il 25 agosto", date(2026, 8, 25)),
        ("Estou de férias até 10/08", date(2026, 8, 11)),
        ("Ik ben afwezig tot en met 14 augustus.", date(2026, 8, 15)),
        ("Jag är tillbaka måndag den 10 augusti", date(2026, 8, 10)),
        ("Jestem nieobecny do 31 lipca", date(2026, 8, 1)),
        ("Я в отпуске до 3 августа", date(2026, 8, 4)),
        ("8月10日まで休暇をいただいております", date(2026, 8, 11)),
        ("我將於8月5日返回辦公室", date(2026, 8, 5)),
        ("I'm on leave from 07/20/2026 to 07/31/2026", date(2026, 8, 1)),
        ("Out of office 20.07. - 31.07.", date(2026, 8, 1)),
        ("On parental leave, returning in January 2027.", date(2027, 1, 1)),
        ("I'm traveling this week with limited access.", None),
    ],
)
def test_somebody_away_says_when_they_are_back(text: str, day: date | None) -> None:
    assert back_on(text, DAY) == day
    verdict = sort_mail(reply(text, subject="Automatic reply: An idea", auto_submitted="auto-replied"), DAY)
    assert verdict.kind == "out_of_office"
    assert verdict.back_on == day


def test_somebody_who_left_has_no_day_of_return() -> None:
    verdict = sort_mail(reply("Anna Berg is no longer with the company since 1 August.", auto_submitted="auto-replied"), DAY)  # fmt: skip
    assert verdict.left
    assert verdict.back_on is None


def test_a_ticket_number_is_a_machines_and_nobodys_absence() -> None:
    text = "We have received your request. Your ticket #48213 will be answered within two days."
    assert kind_of(text, auto_submitted="auto-replied") == "automatic"


def test_the_unsubscribe_button_of_a_mail_program_opts_out() -> None:
    mail = Incoming("m", "unsubscribe", Person(None, "anna@buyer.example"), headers={"auto-submitted": "auto-replied", "x-apple-unsubscribe": "true"})  # fmt: skip
    assert sort_mail(mail, DAY).kind == "opt_out"
    assert sort_mail(Incoming("m", "Unsubscribe", Person(None, "anna@buyer.example")), DAY).kind == "opt_out"


@pytest.mark.parametrize(("told", "kind"), [("abuse", "complaint"), ("fraud", "complaint"), ("not-spam", "automatic"), ("opt-out", "opt_out")])  # fmt: skip
def test_a_feedback_report_says_what_it_is(told: str, kind: Kind) -> None:
    mail = Incoming("m", "complaint", Person(None, "fbl@provider.example"), feedback={"feedback-type": told})
    assert sort_mail(mail, DAY).kind == kind


@pytest.mark.parametrize(
    ("said", "status", "command", "reason"),
    [
        ("550 5.1.1 <a@b.example>: Recipient address rejected: User unknown", "5.1.1", "rcpt", "user_unknown"),
        ("550 : User unknown", "5.0.0", "data", "filtered"),
        ("552 5.2.2 Mailbox full", "5.1.1", "rcpt", "mailbox_full"),
        ("550 5.4.1 Recipient address rejected: Access denied", "5.4.1", "rcpt", "user_unknown"),
        ("550-5.7.26 This mail is unauthenticated", "5.7.26", "data", "unauthenticated"),
        ("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org", "5.7.1", "rcpt", "blocked"),
        ("Host or domain name not found. Name service error for name=b.example type=A: Host not found", "5.4.4", "", "host_unknown"),
        ("Host not found, try again", "4.4.3", "", "network"),
        ("550 5.1.8 Sender address rejected: Domain not found", "5.1.8", "mail", "sender_refused"),
        ("421 4.7.0 Try again later, closing connection", "4.7.0", "", "system"),
        ("", "5.1.10", "", "user_unknown"),
        ("", "4.4.7", "", "expired"),
        ("", None, "", "unknown"),
    ],
)  # fmt: skip
def test_a_servers_words_tell_why(said: str, status: str | None, command: str, reason: str) -> None:
    assert reason_of(said, status, command) == reason  # type: ignore[arg-type]


@given(st.text(max_size=600), st.sampled_from(["", "auto-replied", "auto-generated", "no"]), st.text(max_size=60))
def test_any_text_gets_a_verdict(text: str, submitted: str, subject: str) -> None:
    verdict = sort_mail(reply(text, subject=subject, auto_submitted=submitted), DAY)
    assert verdict.kind not in ("hard_bounce", "soft_bounce", "complaint") or submitted.startswith("auto")


@given(st.text(max_size=300), st.dates(date(2000, 3, 1), date(2090, 1, 1)))
def test_days_lie_where_their_words_stand(text: str, on: date) -> None:
    assert all(0 <= one.start < one.end <= len(text) for one in days_named(text, on))
    day = back_on(text, on)
    assert day is None or day >= on - timedelta(days=1)


@given(st.text(max_size=300), st.dates(date(2000, 3, 1), date(2090, 1, 1)))
def test_a_revisit_lies_ahead(text: str, on: date) -> None:
    day = revisit_on(text, on)
    assert day is None or day > on


@given(st.text(max_size=400))
def test_the_words_of_an_opt_out_stand_in_the_text(text: str) -> None:
    words = opt_out_words(text)
    assert words is None or words.split()[0] in text.replace("’", "'").replace("‘", "'")
