"""Stage features."""
