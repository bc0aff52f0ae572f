"""Making reports: one, many, on many machines."""
