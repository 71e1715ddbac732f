"""Coaching: how a call was led, and two or three moments worth looking at again. For that person and their manager only."""
