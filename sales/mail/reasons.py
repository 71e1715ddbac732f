"""Why a mail did not arrive, from what a server said: enhanced status codes (RFC 3463, 5248, 7505) and the words of mail systems.

The words come first, as many servers send a code that fits worse than what they say; the code speaks where the words don't. A dead address
is believed when the server said so of the recipient. Said only after the whole message was read ("User unknown" in answer to DATA), it is the recipient's
filter that pretends: that address lives.
"""

from __future__ import annotations

import re
from typing import Literal

from sales.mail.incoming import Reason

Command = Literal["connect", "mail", "rcpt", "data", ""]
"""The step of the SMTP dialogue that was refused; "" where nothing tells."""

STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
REPLY = re.compile(r"(?<![\d.:/\-])([45]\d\d)(?=[ \-:,;]|$)")

_COMMANDS: tuple[tuple[Command, re.Pattern[str]], ...] = (
    ("rcpt", re.compile(r"(?:in reply to|after|response to|error for|like our|for|\[|in)\s*:?\s*(?:RCPT[ _]TO|RCPT\b)|does not like recipient|RCPT TO command", re.I)),
    ("data", re.compile(r"(?:end of|after|in reply to|like our|response to|final|the)\s*:?\s*(?:end of )?(?:message )?\.?(?:data|DATA)\b|after I sent the message|\(state 18\)", re.I)),
    ("mail", re.compile(r"(?:in reply to|after|like our|response to|\[)\s*:?\s*MAIL[ _]FROM|does not like sender", re.I)),
    ("connect", re.compile(r"after initial connection|in reply to (?:EHLO|HELO)|while (?:performing|sending) (?:the )?(?:EHLO|HELO)|refused to talk to me|initial server greeting", re.I)),
)  # fmt: skip


def command_of(text: str) -> Command:
    """Return the command that was refused, as mail systems tell it, or as the transcript of the dialogue shows."""
    for name, pattern in _COMMANDS:
        if pattern.search(text):
            return name
    said = [(match.start(), match.group(1).upper()) for match in re.finditer(r"^\s*>>> ?(\w+)", text, re.M)]
    answer = re.search(r"^\s*<<< ?[45]\d\d", text, re.M)
    if said and answer:
        before = [word for place, word in said if place < answer.start()]
        found: dict[str, Command] = {
            "RCPT": "rcpt",
            "DATA": "data",
            "MAIL": "mail",
            "EHLO": "connect",
            "HELO": "connect",
        }
        return found.get(before[-1], "") if before else ""
    return ""


_U = r"(?:user|mailbox|recipient|account|address|local[- ]?part|e-?mail(?: address)?|mail ?box|person|alias|addressee|usuario|utente|destinatario|benutzer|empfänger|destinataire)"
_WORDS: tuple[tuple[Reason, str], ...] = (
    (
        "mailbox_full",
        r"(?:over|exceed\w*|out of|beyond|above|full|reached)[^.\n]{0,40}\b(?:quota|storage|mailbox size|mailbox capacity)|quota[^.\n]{0,30}(?:exceed|full|reached|violation)|"
        r"(?:mail ?box|inbox|mail ?folder|mail ?drop|maildir|account|mailspool|message store)[^.\n]{0,30}\b(?:is |are |has been |was )?(?:too )?(?:full|over ?quota|overdrawn)|over ?quota|overquota|not enough (?:storage|disk) space|insufficient (?:system )?storage|"
        r"no (?:more )?space left|too many messages (?:in|on) (?:the|this) mailbox|storage (?:limit|quota)|mailbox size limit|user has exhausted allowed storage|mailbox exceeds|"
        r"メールボックスが?(?:一杯|いっぱい|満杯)|容量[^\n]{0,10}(?:超|オーバー)|邮箱(?:已满|空间不足)|信箱已滿|почтовый ящик переполнен|ящик переполнен|boîte[^\n]{0,30}pleine|postfach[^\n]{0,20}voll|buz[oó]n[^\n]{0,20}lleno|casella[^\n]{0,20}piena|5\.2\.2\b",
    ),
    (
        "no_reverse_dns",
        r"reverse[- ](?:dns|lookup|mapping|hostname)|\bptr\b[^\n]{0,40}|no ptr|(?:does|do) not have a (?:valid )?(?:reverse|ptr|rdns)|\brdns\b|cannot find your (?:reverse )?hostname|hostname[^\n]{0,30}does not (?:match|resolve)|unresolvable (?:reverse|relay)|client host rejected: cannot find|"
        r"ip (?:address )?(?:name )?lookup failed|missing dns",
    ),
    (
        "unauthenticated",
        r"\bdmarc\b|\bspf\b|\bdkim\b|sender policy framework|authentication (?:check|result|fail)|unauthenticated (?:e-?mail|mail|sender)|multiple authentication checks|(?:not|isn't|is not) (?:pass|aligned)[^\n]{0,20}authenticat|message (?:is )?not authenticated",
    ),
    (
        "spam",
        r"\b(?:spam(?!cop|haus|hausx)(?:my)?|unsolicited|junk ?mail|\bUBE\b|\bUCE\b|bulk (?:e-?)?mail|spam[- ]?(?:like|content|score|message))\b(?![^\n]{0,30}\bblock ?list)|looks like spam|considered (?:to be )?(?:spam|junk)|content (?:was )?(?:filter|scan)\w* (?:reject|block|denied)|message content rejected|"
        r"rejected by (?:content|bogofilter|spamassassin)|suspicio(?:us|n) (?:content|message)|垃圾邮件|スパム|迷惑メール|\bphish",
    ),
    (
        "no_relaying",
        r"relay(?:ing)?(?: access)?(?: was| is| has been)? (?:denied|not permitted|not allowed|prohibited|refused|rejected|restricted)|unable to relay|not (?:allowed|permitted|authorized) to relay|we do not relay|relay (?:prohibited|disallowed)|relaying (?:mail )?to|no relay|"
        r"is not (?:in my|one of my) (?:list of allowed )?rcpthosts|in my list of allowed rcpthosts|insecure mail relay|that domain isn't in my list|open relay",
    ),
    (
        "too_much",
        r"too many (?:concurrent )?(?:connections?|sessions?|messages?|recipients|errors|invalid|e?mails|simultaneous|unknown|login|hits)|(?:receiving|sending|sent) (?:mail )?(?:at a rate|too (?:many|fast|quickly))|rate (?:limit|control|of)|throttl|exceeded (?:the )?(?:rate|hourly|daily|max(?:imum)? (?:number|connect|rate)|connection|sending)|"
        r"(?:connection|message|sending|mail) (?:frequency|rate|volume) (?:limit|exceed|is too)|frequency limited|slow down|try again (?:more )?slower|try your message later due to|unusual rate|connection limit|max(?:imum)? (?:number of )?connections|greylist|graylist|grey-list",
    ),
    (
        "too_big",
        r"(?:message|mail|size|content|attachment|length|header)s?[^.\n]{0,40}(?:too (?:big|large|long)|exceeds?|exceeded|larger than|over(?:sized)?)[^.\n]{0,40}|(?:max(?:imum)?|message) (?:message )?size|size limit|too large|5\.3\.4\b|5\.2\.3\b",
    ),
    (
        "blocked",
        r"black ?list|block(?:ed)? ?list|blocklist|\bdnsbl\b|\brbl\b|\brbls\b|spamhaus|spamcop|sorbs|barracuda(?:central|networks)|uribl|surbl|\b(?:ip|host|client|server|network|connection|address space|domain|your mail|messages? from|mail from)\b[^.\n]{0,60}\b(?:blocked|banned|blacklisted|listed|denied access|refused|rejected|not allowed|prohibited|on (?:our|a) block)|"
        r"\bblocked (?:by|using|for|due|because|from|-|see|\[)|(?:poor|bad|low|sender|ip) reputation|reputation|access denied(?!\. ?as\b)[^\n]{0,40}(?:ip|host|banned|aup)|banned|invalid ip|dynamic(?:ally)? (?:ip|assigned)|residential|client host (?:rejected|\[)|connection (?:refused|rejected|denied|not allowed) (?:by|due|from your)|"
        r"go away|bad helo|invalid helo|helo (?:command )?reject|ehlo|part of their network is on our block|your (?:e?mail|access|server|ip|host|network)[^.\n]{0,40}(?:has|have) been (?:blocked|rejected|denied)|not accepting (?:mail|messages|connections) from|access to this mail system has been rejected|we (?:do|will) not accept (?:e?mail|messages) from|S3140|\bCS01\b",
    ),
    (
        "policy",
        r"polic(?:y|ies)|restricted|not (?:allowed|permitted|authori[sz]ed) (?:to (?:send|post|submit)|for)|prohibited|administrative(?:ly)? (?:prohib|reject|denied|block)|permission|delivery not authori[sz]ed|violat|restrict\w* (?:delivery|by)|RESOLVER\.RST|virus|malware|infected|\btls\b|encrypt|certificate|attachment[^\n]{0,40}(?:not allowed|type|blocked|forbidden)|executable",
    ),
    (
        "content",
        r"(?:message|mail|header|content|media|body|mime)\b[^.\n]{0,40}\b(?:malformed|invalid|missing|illegal|not (?:rfc|compliant|supported)|error|format|rejected for content)|media error|8[- ]?bit|bare (?:lf|cr)|rfc ?5322|multiple (?:from|addresses in from)|conversion|charset",
    ),
    (
        "sender_refused",
        r"\b(?:sender|from address|return[- ]path|envelope from|mail from|originator)\b[^.\n]{0,50}\b(?:reject|denied|refused|not (?:exist|found|allowed|accepted|valid|verified|authori[sz]ed)|unknown|invalid|does ?n[o']t exist|verif\w* fail|could not be verified|badmailfrom)|sender verif|"
        r"domain of sender|sender domain|unable to verify sender|cannot resolve (?:your )?(?:sender|domain)|weren't recognized as a valid sender|badmailfrom|callback (?:setup|verif)|5\.1\.[78]\b|mail from [^\n]{0,60}(?:denied|refused|rejected)",
    ),
    (
        "disabled",
        r"(?:user|mail ?box|account|recipient|address|e-?mail)[^.\n]{0,60}\b(?:is |has been |was |currently |temporarily )*(?:disabled|suspended|frozen|locked|deactivated|blocked|inactive|expired|discontinued|closed|on hold|unavailable due to inactivity|terminated|dormant|restricted|not active|not activated)\b|"
        r"disabled (?:recipient|user|account|mailbox|address)|(?:suspended|frozen|locked|inactive|dormant|expired) (?:user|account|mail ?box|recipient|address)|account (?:that you tried to reach )?is (?:over|disabled)|boite[^\n]{0,20}(?:désactivé|inacti)|not logged in for|has not logged|mailbox temporarily disabled|invalid/inactive",
    ),
    (
        "filtered",
        r"user rules|refus\w+ (?:to|due to|by)[^.\n]{0,20}recipient|recipient (?:refus|preferences|only accept|is only accepting|does not (?:wish|want|accept))|only accept(?:s|ing)? (?:mail|messages|e-?mails?) from (?:specific|known|approved|certain|people)|message filtered|protected by|user reject|blocked by the recipient|you have been blocked|not (?:on|in) (?:the )?(?:recipient's )?(?:white|allow|safe)[- ]?list|challenge[- ]response|guarded by",
    ),
    (
        "moved",
        r"(?:user|mail ?box|recipient|account|address)[^.\n]{0,40}\b(?:has moved|moved to|been replaced|no longer on server|has changed (?:his|her|their|to)|has been relocated)|has been replaced by|new (?:e-?mail )?address is|no longer on (?:this )?server|5\.1\.6\b|551 [^\n]{0,30}(?:not local|please try)",
    ),
    (
        "takes_no_mail",
        r"null ?mx|does not accept (?:any )?(?:e-?)?mail|domain (?:has|with) (?:a )?null|doesn't accept (?:any )?mail|no mail (?:is )?accepted|(?:^|[;:] ?)(?:521|556)[ \-]",
    ),
    (
        "network",
        r"host not found, try again|name (?:server|service) (?:error|timeout|temporar)[^\n]{0,80}try again|lookup (?:fail|timed? ?out|error)|dns (?:error(?!: (?:domain|host) name not found)|failure|query failed|temporar|time)|temporar\w+ (?:dns|name|lookup|resolution)|server failure|malformed (?:name server|dns)|(?:maximum|too many|exceeded)[^.\n]{0,20}hops?|hop count|(?:mail|routing|message|forwarding)[ -]?loop|loop(?:ing)? (?:detected|back to myself)|loops back to (?:myself|me)|"
        r"connection (?:timed? ?out|refused|reset|dropped|lost|closed|failed|died|aborted)|conversation[^.\n]{0,40} timed out|timed? ?out while|(?:lost|broken|bad) connection|no route to|network (?:is )?(?:unreachable|error)|host (?:is )?(?:unreachable|not reachable|not responding|is down)|could ?n[o']t (?:connect|establish)|unable to (?:connect|route|resolve route)|unable to establish|unrouteable mail domain|no (?:answer|response) from|failed to connect|all (?:relevant )?mx|mx (?:records? )?point|not reachable|not responding",
    ),
    (
        "host_unknown",
        r"host (?:or domain name )?(?:not found|unknown)|unknown (?:host|domain)|(?:domain|host(?:name)?)[^\n]{0,60}\b(?:does ?n[o']t exist|not exist|not found|is unknown|unknown|is not (?:known|registered|valid)|could ?n[o']t be found|must exist|invalid)|no such (?:domain|host)|non-?existent domain|nxdomain|name or service not known|bad destination (?:system|host)|couldn't find any host named|invalid domain|unrouteable address|"
        r"illegal host/domain|recipient'?s? domain|nodename nor servname|domain[^\n]{0,30}(?:existiert nicht|n'existe pas|no existe|不存在)|5\.1\.2\b|5\.4\.310\b|no (?:mx|a) (?:record|or)|(?:找不到|无法找到)[^\n]{0,8}域名",
    ),
    (
        "user_unknown",
        rf"(?:unknown|invalid|no such|non-?exist(?:e|a)nt|undeliverable|bad|illegal|nonexisting|unrecogni[sz]ed|not a valid) (?:or \w+ )?(?:destination |local |e-?mail |virtual |internet |mail )*{_U}|{_U}s?\b[^\n]{{0,80}}?\b(?:unknown|(?:does|do|did) ?n[o']t exist|(?:is |was |could |can |were )?(?:not|n't) (?:be )?(?:found|known|exist|valid|listed|recogni[sz]ed|present|available|local|reached|here|ok)|"
        rf"(?:is )?(?:unavailable|invalid|nonexistent|no longer (?:exists?|valid|available|active|in use|employed|with|works?|here|accepts?))|cannot be found|is wrong|lookup fail|doesn't have an?)\b|not our (?:customer|user)|no (?:mail ?box|account|user|recipient)\w* (?:here|by|with|found|available|for)|user[^\n]{{0,10}}unknown|recipient(?:notfound|unknown)|RecipNotFound|no valid recipients|doesn't have an? [\w.]{{2,20}} account|there is no one at this|(?:not|n't) (?:a )?(?:listed|known) (?:in|user|recipient)|"
        r"bad (?:rcpt|recipient)|badrcptto|recipient address rejected(?: ?$|: ?(?:access denied|undeliverable|invalid|unknown))|mailbox unavailable|(?<!recipient )(?<!sender )address rejected|no such person|archived recipient|this address no longer|is not (?:a (?:known|valid)|an active|registered)|unknown address|can't accept user|dosn't exist|not listed in|(?:no longer|not) (?:an? )?(?:employee|employed)|"
        r"宛先[^\n]{0,20}(?:見つかり|存在し)|ユーザ[^\n]{0,12}(?:見つかり|存在)|(?:用户|收件人|邮箱|信箱|地址)[^\n]{0,12}(?:不存在|未找到|無效|无效)|no existe|n'existe pas|existiert nicht|nicht bekannt|unbekannt(?:er)?|inesistente|non esiste|não existe|bestaat niet|не существует|not found in (?:the )?directory|nie istnieje|usuario desconocido|destinatario (?:sconosciuto|desconocido)|nicht (?:im|in der|in den) [^\n]{0,30}(?:verzeichnis|directory|adressbuch)|リストされていません|non (?:è )?(?:elencato|presente)|non répertorié|no (?:aparece|figura) en",
    ),
    (
        "expired",
        r"(?:retry|queue|delivery)[^.\n]{0,20}(?:time ?out|expired|too long|exceeded|period)|delivery (?:time )?expired|message (?:has )?expired|4\.4\.7\b|undelivered (?:after|for)|could not (?:be delivered|send) (?:message )?(?:for|within|in)|(?:giving|gave) up|i'm not going to try again|not been delivered|unable to deliver[^\n]{0,40}(?:for|after) \d|still undelivered|deferred|been in the queue",
    ),
    (
        "not_a_member",
        r"not (?:a )?(?:member|subscrib)|(?:only|must be a?) (?:members?|subscribers?)|posting (?:is )?(?:not allowed|restricted)|you(?:'re| are) not allowed to post|subscribers[- ]only|groups\.google\.com/support|closed list",
    ),
    (
        "system",
        r"service (?:\w+ )?(?:currently |temporarily )?(?:unavailable|not available)|(?:internal|local|system|configuration|server|software|resources?|i/o|disk|database|filter|processing) (?:\w+ )?(?:error|failure|fail|problem|unavailable)|misconfigur|temporar\w+|command died|loop alert|duplicated message|mail(?:er)? (?:system )?error|try again|transaction failed|requested action aborted",
    ),
)  # fmt: skip
_SAID: tuple[tuple[Reason, re.Pattern[str]], ...] = tuple((name, re.compile(words, re.I)) for name, words in _WORDS)

_NOBODY = re.compile(
    r"(?<!sender )(?<!from )\b(?:user (?:is )?(?:unknown|not (?:found|known))|unknown (?:local )?(?:user|recipient|mailbox|local[- ]part)|no such (?:user|mailbox|recipient|person|address)|(?:recipient|mailbox|account|user|e-?mail address)[^.;\n]{0,60} (?:does not|doesn't) exist|recipient ?(?:was )?not found|RecipNotFound|mailbox not found|invalid (?:recipient|mailbox))",
    re.I,
)
"""The plain ways to say that there is nobody of this name: they outweigh the boilerplate around them."""
_OF_THE_SENDER = re.compile(r"sender|mail from|return[- ]path|envelope from|verif", re.I)
_BEFORE_NOBODY: frozenset[Reason] = frozenset({"mailbox_full", "no_relaying", "spam", "unauthenticated", "no_reverse_dns", "disabled", "moved", "filtered"})  # fmt: skip

_EXACT: dict[str, Reason] = {
    "1.0": "user_unknown",
    "1.1": "user_unknown",
    "1.2": "host_unknown",
    "1.3": "user_unknown",
    "1.4": "filtered",
    "1.6": "moved",
    "1.7": "sender_refused",
    "1.8": "sender_refused",
    "1.9": "system",
    "1.10": "user_unknown",
    "2.1": "disabled",
    "2.2": "mailbox_full",
    "2.3": "too_big",
    "2.4": "filtered",
    "3.0": "system",
    "3.1": "mailbox_full",
    "3.2": "system",
    "3.4": "too_big",
    "4.310": "host_unknown",
    "4.7": "expired",
    "4.6": "network",
    "7.8": "unauthenticated",
    "7.20": "unauthenticated",
    "7.21": "unauthenticated",
    "7.23": "unauthenticated",
    "7.25": "no_reverse_dns",
    "7.26": "unauthenticated",
    "7.27": "sender_refused",
    "7.13": "disabled",
}
_SUBJECT: dict[str, Reason] = {
    "2": "filtered",
    "3": "system",
    "4": "network",
    "5": "system",
    "6": "content",
    "7": "policy",
}
_DIRECTORY_EDGE = re.compile(r"5\.4\.1\b[^\n]{0,200}recipient address(?:es)? rejected ?: ?access denied", re.I)
"""Microsoft's edge refuses people whom the directory does not list with a routing code."""
_DIRECTORY = re.compile(
    r"director|not listed|not recogni[sz]ed|address ?book|verzeichnis|rubrica|annuaire|リストされて", re.I
)
"""A mail system's own directory has no such name: it looked, so no filter pretends."""
_NO_ADDRESS = re.compile(r"\b550[ :\-]*\s*user unknown\b", re.I)
"""A mobile carrier's answer to a message that its customer's filter does not take: a code and two words, no address."""


def status_of(text: str) -> str | None:
    """Return the enhanced status code that a text holds: the first that says more than the class."""
    found = [f"{one}.{two}.{three}" for one, two, three in STATUS.findall(text) if one != "2"]
    return next((code for code in found if not code.endswith(".0.0")), found[0] if found else None)


def reason_of(said: str, status: str | None, command: Command) -> Reason:
    """Return why a recipient was refused: `said` in the words, `status` the code that came with them, at the step `command`."""
    said = re.sub(r"\s+", " ", said)[:4_000]
    own = status_of(said)
    if own is not None and not own.endswith(".0.0"):
        status = own
    if _DIRECTORY_EDGE.search(f"{status or ''} {said}"):
        return "user_unknown"
    words = next((name for name, pattern in _SAID if pattern.search(said)), None)
    if words not in _BEFORE_NOBODY and _NOBODY.search(said) and not _OF_THE_SENDER.search(said):
        return _believed(said, status, command)
    if words == "filtered" or words is None:
        return words or _by_code(status, command)
    if words == "user_unknown":
        return _believed(said, status, command)
    if status is not None and re.fullmatch(r"[45]\.1\.(?:1|10|6)", status) and words in _VAGUE:
        return _by_code(status, command)
    return words


_VAGUE: frozenset[Reason] = frozenset({"policy", "content", "system", "expired", "not_a_member", "disabled", "too_big", "blocked", "filtered", "sender_refused"})  # fmt: skip
"""Reasons whose words are so common that a code which names the address says more."""


def _believed(said: str, status: str | None, command: Command) -> Reason:
    """The words say that there is nobody of this name: believed unless the step or the code speaks against it."""
    if (status or _code(said)).startswith("4") and not re.match(r"4\.1\.", status or ""):
        return "system"
    if status is not None and re.match(r"[45]\.1\.", status) and not re.match(r"[45]\.1\.[78]$", status):
        return "user_unknown"
    if command == "rcpt":
        return "user_unknown"
    if command == "data" or _NO_ADDRESS.search(said):
        return "filtered"
    if status is not None and re.match(r"[45]\.[27]\.", status):
        return "filtered"
    return "user_unknown" if status is not None or _DIRECTORY.search(said) else "filtered"


def _code(said: str) -> str:
    """Return the SMTP reply code (RFC 5321) that is said first, "" where there is none."""
    found = REPLY.search(said)
    return found.group(1) if found else ""


def _by_code(status: str | None, command: Command) -> Reason:
    if status is None:
        return "unknown"
    _, _, rest = status.partition(".")
    subject, _, detail = rest.partition(".")
    if (exact := _EXACT.get(rest)) is not None:
        return exact
    if len(detail) == 3 and subject == "1" and detail.startswith("35"):
        return "user_unknown"  # Exchange Online passes on a remote server's refusal as 5.1.35x
    if subject == "1":
        return "user_unknown" if detail in ("20", "11") else "unknown"
    return _SUBJECT.get(subject, "unknown")
