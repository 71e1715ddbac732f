"""Gong: people, calls and their transcripts, read as far as Gong has them."""
