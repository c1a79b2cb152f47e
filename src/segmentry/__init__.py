"""Segmentry: from raw transactions to named, explained, tracked and delivered customer segments."""

__version__ = "0.1.0"
