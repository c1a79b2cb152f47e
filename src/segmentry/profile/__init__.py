"""Stage profile."""
