"""Tests of the workflow of deals."""
