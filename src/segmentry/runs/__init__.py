"""Stage runs."""
