"""Stage prepare."""
