"""Simulated records without films, each with its exact truth: reports and people. Numbers and words only."""

from .columns import Column, RecordError, numbers
from .draw import draw

__all__ = ["Column", "RecordError", "draw", "numbers"]
