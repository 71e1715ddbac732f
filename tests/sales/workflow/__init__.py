"""Tests of the rules of a workflow."""
