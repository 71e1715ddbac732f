"""Domains that nobody has to themselves: public suffixes, hosters of many customers' sites, and mail providers.

The public suffix list comes with its package, so nothing is fetched; its private section (`github.io`, `blogspot.com`, …) counts as well.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

FREE_MAIL = frozenset(
    "gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.co.jp ymail.com rocketmail.com outlook.com outlook.de outlook.fr "
    "hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it live.com live.co.uk live.nl msn.com aol.com icloud.com me.com mac.com "
    "protonmail.com proton.me pm.me gmx.de gmx.net gmx.com gmx.at gmx.ch web.de t-online.de freenet.de posteo.de mailbox.org mail.com "
    "mail.ru yandex.ru yandex.com ya.ru qq.com 163.com 126.com sina.com naver.com daum.net hanmail.net orange.fr wanadoo.fr free.fr "
    "laposte.net sfr.fr libero.it virgilio.it tiscali.it alice.it seznam.cz wp.pl o2.pl onet.pl interia.pl bluewin.ch ziggo.nl "
    "comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net btinternet.com sky.com virginmedia.com bigpond.com "
    "rediffmail.com zoho.com zohomail.com fastmail.com hey.com tutanota.com tuta.com duck.com uol.com.br bol.com.br terra.com.br".split()
)
"""Domains under which anybody can have a mail address: they say nothing of a company."""

_HOSTERS = frozenset(
    "wordpress.com weebly.com tumblr.com medium.com substack.com typepad.com livejournal.com jimdo.com jimdosite.com jimdofree.com "
    "strikingly.com mystrikingly.com ghost.io godaddysites.com business.site over-blog.com zendesk.com atlassian.net sharepoint.com "
    "onmicrosoft.com squarespace.com webs.com angelfire.com sites.google.com freshdesk.com".split()
)
"""Hosters that give each customer a name of their own and don't stand in the public suffix list."""


def registered(domain: str) -> str:
    """Return the domain that somebody registered, or was given by a hoster: `mail.acme.co.uk` → `acme.co.uk`, `a.b.github.io` → `b.github.io`.

    `domain` is in lower case and ASCII. What is a public suffix itself, or a hoster's or provider's own domain, is returned as it is.
    """
    if is_shared(domain):
        return domain
    found = _registered(domain)
    if not found or found == domain:
        return found or domain
    below = domain.removesuffix(found).rstrip(".").split(".")
    # `shop.acme.wordpress.com` belongs to whoever was given `acme.wordpress.com`.
    return f"{below[-1]}.{found}" if found in _HOSTERS or found in FREE_MAIL else found


def is_shared(domain: str) -> bool:
    """Return whether a domain has the sites or mailboxes of many who don't know each other, so that it says nothing of one company."""
    return domain in FREE_MAIL or domain in _HOSTERS or bool(_suffixes().is_public(domain))


@lru_cache(maxsize=50_000)
def _registered(domain: str) -> str | None:
    found: str | None = _suffixes().privatesuffix(domain)
    return found


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # its list is large, and few commands ask it

    return PublicSuffixList()
