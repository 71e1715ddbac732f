"""The spine: what we know of accounts, people, deals and what passed between the two sides, in SQL."""
