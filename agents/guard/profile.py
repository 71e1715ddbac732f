"""What the profile of whom we sell to (`icp.toml`) excludes, read in the caller's own transaction."""

from __future__ import annotations

from functools import lru_cache

from sqlalchemy import select
from sqlalchemy.orm import Session

from infra.spine.business import Account
from infra.spine.outbound import RuleFile
from sales.icp import Company, Icp, IcpError, parse_icp

_FILE = "icp.toml"


class ProfileExclusions:
    """Implements `agents.guard.exclusions.Exclusions` by the newest version of the profile that is kept."""

    def excluded(self, session: Session, account_id: str | None, domain: str | None) -> str | None:
        """Return why a company is excluded, as a sentence, or None. A company that is no account of ours is known by its domain alone."""
        text = session.scalar(
            select(RuleFile.text).where(RuleFile.name == _FILE).order_by(RuleFile.version.desc()).limit(1)
        )
        profile = _parsed(text) if text else None
        if profile is None or not profile.excluded:
            return None
        account = session.get(Account, account_id) if account_id else None
        company = Company(domain=domain)
        if account is not None:
            company = Company(
                name=account.name,
                domain=account.domain or domain,
                employees=account.employees,
                industry=account.industry,
                region=account.region,
                country=account.country,
                tier=account.tier,
            )
        found = profile.fit(company).excluded
        return f"The profile of whom we sell to leaves this company out ({found})." if found else None


@lru_cache(maxsize=8)
def _parsed(text: str) -> Icp | None:
    try:
        return parse_icp(text)
    except IcpError:
        # A text with faults is never kept; one of an older release may not be readable any more, and excludes nobody.
        return None
