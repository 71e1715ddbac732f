"""Providers of enrichment."""
