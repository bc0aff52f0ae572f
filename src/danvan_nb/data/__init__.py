"""The input tables: read, checked, written."""
