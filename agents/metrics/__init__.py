"""Metrics of selling, each defined in one place: what is counted, over what, from which tables, and what good is."""
