"""Where signals come from: webhook bodies, tables, feeds, job boards, filings. Each reads one source into `sales.signals.Telling`."""
