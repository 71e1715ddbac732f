"""Telling bounces from everything else, and whom each of them is about.

A bounce is a mail that a mail system wrote: a delivery report (RFC 3464), or a text of a daemon. What a person writes about a bounce, quotes of
one or forwards, is never one: without the mark of a machine only a text that begins with a mail system's fixed opening counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sales.mail.incoming import Failure, Incoming, Reason
from sales.mail.reasons import Command, command_of, reason_of, status_of

ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~\-]+@[\w\-]+(?:\.[\w\-]+)+")
_DAEMON = re.compile(r"^(?:mailer[-_.]?daemon|mail[-_]?daemon|mdaemon|microsoftexchange[0-9a-f]+|mail[-_.]?delivery(?:[-_.]?(?:subsystem|system))?|mailerdaemon|daemon|double-bounce|pmdf|listserv)(?:[-+._@]|$)", re.I)  # fmt: skip
_ROBOT = re.compile(r"^(?:poo?stmaster|(?:do[-_.]?)?not?[-_.]?reply|bounces?|system[-_.]?administrator|admin(?:istrator)?|root|mailadmin|mail-?admin|[\w.\-]+-(?:admin|owner|bounces?|request)|owner-[\w.\-]+|notification\w*|sms-?gateway|auto[-_.]?(?:reply|responder)|complaints|feedbackloop|fbl)(?:[-+._@]|$)", re.I)  # fmt: skip
_DAEMON_NAME = re.compile(r"mail(?:er)? ?deliver(?:y|er)?(?: (?:sub)?system)?|mailer[- ]?daemon|mail daemon|system administrator|mail administrator|microsoft outlook|microsoft exchange|postmaster|e-mail delivery|delivery (?:sub)?system|mail (?:system|server)|internet mail|messaging server", re.I)  # fmt: skip
_SUBJECTS = re.compile(
    r"^\s*\**\s*(?:undeliver(?:able|ed)|deliver(?:y|ed)? (?:status|fail|notif|has|error|problem|delay|incomplete|unsuccess|report)|mail (?:delivery|failure|system|could|undeliver|not deliver)|(?:mail|message|e-?mail) (?:delivery )?(?:fail|error|undeliver|could not|not (?:delivered|sent))|returned? (?:mail|to sender|e-?mail|message)|"
    r"failure notice|failed (?:mail|delivery)|fail(?:ure)? (?:to deliver|delivery)|non[- ]?deliver|nondeliver|undelivered mail|warning: (?:could not|message)|could not (?:send|deliver)|unable to deliver|message (?:status|you sent|delayed|blocked|rejected)|your message|unzustellbar|nicht zustellbar|unzustellbare|zustell|übermittlungs|non remis|non distribu|échec de (?:la )?(?:remise|distribution)|"
    r"no se puede entregar|no entregad|error de entrega|mensaje no entregado|não foi possível entregar|falha (?:na|de) entrega|non recapitabile|impossibile recapitare|mancato recapito|onbestelbaar|niet bezorgd|kan inte levereras|olevererbart|ej levererat|kan ikke leveres|ikke leveret|niedostarcz|nie można dostarczyć|недоставлен|не доставлено|ваше сообщение не|doručen|kézbesít|teslim edilemedi|"
    r"配信(?:不能|できません|エラー)|送信(?:できません|エラー|失敗)|配達|退信|无法投递|無法傳遞|未送达|投递失败|系统退信|전달 실패|배달|반송|postmaster notify|loop alert|delivery failure|you [\w@.\-]+ are not member)",
    re.I,
)
_PHRASES = re.compile(
    r"(?:could|can|was|were|is|has|have|did|wasn't|couldn't|can't|can\s?not|unable to|failed to|not able to)\s*(?:not)?\s*(?:be\s+|been\s+)?(?:deliver(?:ed)?|sent|reach(?:ed)?)\b[^.]{0,80}(?:recipient|address|message|following|to\b|destination|because|mailbox)|(?:permanent|fatal|transient|delivery) (?:fatal )?(?:errors?|failures?|problems?)|addresses had|transcript of (?:the )?session|did not reach the following|delivery to the following|"
    r"delivery (?:status notification|has failed|failed|failure|is delayed|attempt)|message (?:could not|was not|cannot|has not|not) (?:be |been )?(?:deliver|sent)|undeliverable|undelivered|returned to (?:you|sender)|mail (?:system|delivery)(?: software| system)?|mailbox (?:is |unavailable|full)|user unknown|unknown user|host unknown|not a(?:llowed)? (?:to post|member)|you are not (?:a )?member|groups\.google\.com|\b5\d\d[ \-]+\d\.\d+\.\d+\b|^\s*5\d\d[ \-]|"
    r"zugestellt|zustell|nicht (?:übermittelt|gesendet) werden|n'a pas pu être|pas (?:été )?(?:remis|distribu|délivré)|no (?:se )?(?:ha podido|pudo|puede)[^.]{0,30}entreg|não (?:pôde|pode|foi)[^.]{0,30}(?:entreg|enviad)|non (?:è stato|può|puo)[^.]{0,30}(?:recapit|consegn)|niet (?:worden )?(?:bezorgd|afgeleverd)|kunde inte levereras|не (?:может быть|было|удалось)[^.]{0,30}достав|送信できません|配信できません|届けできません|お届け|無法(?:傳送|遞送|投遞)|无法(?:送达|投递|发送)|退回|被退|전송하지 못|전달되지",
    re.I | re.M,
)
_OPENINGS = re.compile(
    r"\A\W*(?:hi\. this is the [\w\-]+ (?:send )?program at|this is the mail system at host|this message was created automatically by (?:the )?(?:mail delivery|[\w ]{0,20}mail)|this is an automatically generated (?:delivery status|message from)|your message\s+(?:to|subject)\s?:[\s\S]{0,300}?did not reach the following|the original message was received at\b[\s\S]{0,200}?-{3,} the following addresses|"
    r"i'm afraid i wasn't able to deliver|sorry, we were unable to deliver your message|delivery has failed to these recipients|the following addresses had permanent|your mail sent on:[\s\S]{0,100}could not be delivered|(?:\*\* )?address not found(?: \*\*)?\s+your message wasn't delivered|this report relates to a message you sent|unable to deliver message to the following|message from \S+\.?\s+unable to deliver|this is the [\w. ]+ mail (?:agent|system|server)|送信先のメールボックス|抱歉，您的邮件被退回|很抱歉您发送的邮件被退回)",
    re.I,
)
_RETURNED_COPY = re.compile(
    r"^(?:\W*(?:-+ ?(?:this is a copy of|below this line|original message|the (?:original|header|transcript of)[^\n]{0,40}(?:message|headers)|included is a copy|beginning of|returned|unsent message|enclosed|forwarded|message header)|message headers? follow|original (?:message|mail)(?: headers?)?(?: follows?| as follows)?\W*$|below is a copy of the original|----- ?message header|here is (?:a copy|your message)|copy of (?:the|your) (?:original )?message|diese kopie)|(?:return-path|received|dkim-signature|arc-seal|x-[\w\-]+|message-id|content-type) ?:)",
    re.I | re.M,
)
_FORWARDED = re.compile(r"^\s*(?:fw|fwd|wg|tr|rv|enc|i|vs|vb|doorst|转发|轉寄)\s?(?:\[\d+\])?\s?[:：]", re.I)
_REPLIED = re.compile(r"^\s*(?:re|aw|sv|antw|ref|odp|回复|回覆)\s?(?:\[\d+\])?\s?[:：]", re.I)
_HOST = re.compile(r"(?:remote )?host \S{1,200}? ?(?:\[[^\]\s]*\])?\s*(?:\([^)\s]*\)\s*)?(?:said|refused to talk to me)\s?:|^\s*host \S+ \[[^\]]*\]:?|remote (?:host|server) (?:said|returned|replied):?", re.I | re.M)  # fmt: skip
_FAILED = ("failed", "delayed", "failure", "undeliverable", "expired")
_ARRIVED = ("delivered", "relayed", "expanded", "processed", "success")
_LONGEST_SAID = 4_000
_MOST_RECIPIENTS = 50


def daemon(mail: Incoming) -> bool:
    """Return whether a mail system is its sender."""
    sender = mail.sender
    if sender is None or not sender.email:
        return not mail.header("from").strip("<> ") or bool(_DAEMON_NAME.search(mail.header("from"))) or bool(_DAEMON.match(mail.header("from").strip("<>\"' ")))  # fmt: skip
    return bool(_DAEMON.match(sender.email)) or bool(
        sender.name and _DAEMON_NAME.fullmatch(sender.name.strip("\"' ")) and not mail.header("user-agent")
    )


def marked(mail: Incoming) -> bool:
    """Return whether anything says that a machine sent it: its sender, a null return path, or the headers of RFC 3834 and those in use."""
    submitted = mail.header("auto-submitted").casefold()
    if (submitted and not submitted.startswith("no")) or daemon(mail):
        return True
    if mail.header("return-path").replace(" ", "") == "<>" or mail.header("x-failed-recipients"):
        return True
    typed = mail.header("user-agent") or mail.header("x-mailer")
    if mail.sender and mail.sender.email and _ROBOT.match(mail.sender.email) and not (typed and _by_hand(mail)):
        return True
    return any(
        mail.header(name).casefold() not in ("", "no", "false", "none")
        for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-response", "x-vacation", "x-mlserver", "x-mailer-daemon")
    ) or mail.header("precedence").casefold().replace("-", "_") in ("auto_reply", "autoreply")  # fmt: skip


def _by_hand(mail: Incoming) -> bool:
    """A person may be their own postmaster: somebody with a mail program who answers or forwards."""
    return bool(mail.in_reply_to or mail.references or _REPLIED.match(mail.subject) or _FORWARDED.match(mail.subject))


def failures_of(mail: Incoming) -> tuple[Failure, ...] | None:
    """Return whom a mail of ours did not reach and why, or None where this mail is no bounce. Of a report that all arrived: ()."""
    reported = [group for group in mail.delivery if _field(group, "final-recipient", "original-recipient", "action")]
    if reported and _is_report(mail):
        actions = {_field(group, "action").split(" ")[0].strip("()") for group in reported} - {""}
        if actions and actions <= set(_ARRIVED):
            return ()
        return _merged(mail, _from_report(mail, reported))
    if not _is_text_bounce(mail):
        return None
    return _merged(mail, _from_text(mail))


def _is_report(mail: Incoming) -> bool:
    kind = mail.header("content-type").casefold()
    if daemon(mail) or mail.header("return-path").replace(" ", "") == "<>":
        return True
    if _FORWARDED.match(mail.subject) or (_REPLIED.match(mail.subject) and mail.in_reply_to):
        return False
    return kind.startswith(("multipart/report", "message/delivery-status")) or marked(mail)


def _is_text_bounce(mail: Incoming) -> bool:
    own = own_report(mail)
    if mail.header("x-failed-recipients") and marked(mail):
        return True
    if _FORWARDED.match(mail.subject) and not daemon(mail):
        return False
    told = bool(_SUBJECTS.match(mail.subject)) or bool(_PHRASES.search(own))
    if daemon(mail):
        return told or bool(mail.returned)
    if marked(mail):
        if not told or (_REPLIED.match(mail.subject) and mail.header("return-path").strip() != "<>"):
            return False
        # An auto-reply may talk of mail that it can't take; a bounce names the address, the code, or has the subject of one.
        return bool(_SUBJECTS.match(mail.subject) or mail.returned or (_PHRASES.search(own) and (status_of(own) or ADDRESS.search(own))))  # fmt: skip
    answers = mail.in_reply_to or mail.references or _REPLIED.match(mail.subject)
    return not answers and bool(_OPENINGS.match(own))


def own_report(mail: Incoming) -> str:
    """Return what the mail system wrote itself: the text up to the copy of our mail."""
    found = _RETURNED_COPY.search(mail.text)
    return mail.text[: found.start()] if found and mail.text[: found.start()].strip() else mail.text[:_LONGEST_SAID]


def _field(group: Mapping[str, str], *names: str) -> str:
    return next((group[name].strip().casefold() for name in names if group.get(name)), "")


def _address(value: str) -> str | None:
    found = ADDRESS.search(value.rpartition(";")[2])
    return found.group().lower() if found else None


def _from_report(mail: Incoming, groups: Iterable[Mapping[str, str]]) -> list[Failure]:
    own = own_report(mail)
    pieces = _pieces(own)
    found = []
    for group in groups:
        action = _field(group, "action").split(" ")[0]
        if action in _ARRIVED:
            continue
        recipient = _address(group.get("final-recipient", "")) or _address(group.get("original-recipient", ""))
        said = re.sub(r"^\s*(?:smtp|x-[\w\-]+|unknown|x\.\d+)\s*;", "", group.get("diagnostic-code", ""), flags=re.I).strip()  # fmt: skip
        status = status_of(group.get("status", ""))
        around = pieces.get(recipient or "") or own
        failure = _failure(recipient, said, status, around)
        if failure.reason in ("unknown", "system", "filtered", "policy") and not _telling(said):
            told = _failure(recipient, around, status, around)
            failure = told if told.reason != "unknown" else failure
        if action == "delayed" and failure.reason not in ("user_unknown", "host_unknown", "moved"):
            failure = Failure(recipient, "delayed", failure.status, failure.said)
        found.append(failure)
    return found


def _telling(said: str) -> bool:
    return bool(re.search(r"[a-z]{3}", re.sub(r"[\d.;<>\s]", "", said), re.I)) and len(said) > 12


def _failure(recipient: str | None, said: str, status: str | None, around: str) -> Failure:
    cleaned = _HOST.sub(" ", said)
    command: Command = command_of(said) or command_of(around)
    if recipient:
        cleaned = re.sub(re.escape(recipient), "<>", cleaned, flags=re.I)
    code = status_of(cleaned) or status
    return Failure(recipient, reason_of(cleaned, status, command), code, re.sub(r"\s+", " ", said).strip()[:500])


def _pieces(text: str) -> dict[str, str]:
    """Return what is said of each address, from its line to the next address's; what is said above the first belongs to all."""
    places: list[tuple[int, str]] = []
    for match in ADDRESS.finditer(text[:_LONGEST_SAID]):
        address = match.group().lower()
        if not places or places[-1][1] != address:
            places.append((match.start(), address))
    pieces: dict[str, str] = {}
    for number, (start, address) in enumerate(places[: _MOST_RECIPIENTS * 4]):
        line = text.rfind("\n", 0, start) + 1
        end = places[number + 1][0] if number + 1 < len(places) else _LONGEST_SAID
        pieces[address] = f"{pieces.get(address, '')}\n{text[line:end]}".strip()
    return pieces


def _from_text(mail: Incoming) -> list[Failure]:
    own = own_report(mail)
    named = [address.lower() for address in ADDRESS.findall(mail.header("x-failed-recipients"))]
    pieces = _pieces(own)
    ours = {person.email for person in mail.recipients if person.email}
    system = {mail.sender.email} if mail.sender else set()
    sent_to = [address.lower() for address in ADDRESS.findall(mail.returned.get("to", ""))]
    candidates = named or [one for one in pieces if one not in ours | system] or sent_to
    found = [_failure(one, _with_subject(mail, pieces.get(one, "") or own), None, own) for one in candidates[:_MOST_RECIPIENTS]]  # fmt: skip
    whole = _failure(candidates[0] if candidates else None, _with_subject(mail, own), None, own)
    telling = [one for one in found if one.reason != "unknown"]
    return telling or [whole]


def _with_subject(mail: Incoming, text: str) -> str:
    """The subject of a bounce may hold the only reason that it tells."""
    return text if _telling(text) and len(text) > 60 else f"{text}\n{mail.subject}"


_RANK: dict[Reason, int] = {"unknown": 0, "system": 1, "policy": 1, "filtered": 2}


def _merged(mail: Incoming, found: list[Failure]) -> tuple[Failure, ...]:
    """One failure a recipient, the one that says most; without any, the reason of the whole report."""
    best: dict[str | None, Failure] = {}
    for one in found:
        before = best.get(one.recipient)
        if before is None or _RANK.get(one.reason, 3) > _RANK.get(before.reason, 3):
            best[one.recipient] = one
    if not best:
        best[None] = _failure(None, own_report(mail), None, own_report(mail))
    told = [one for one in best.values() if one.recipient is not None]
    return tuple(told or best.values())
