"""Asking outside about a company or a person: a provider with an HTTP API of its own, and the company's own website."""
