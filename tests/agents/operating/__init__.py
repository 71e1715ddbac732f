"""Tests of the operating review."""
