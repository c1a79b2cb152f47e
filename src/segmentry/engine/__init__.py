"""Stage engine."""
