"""How charts are drawn."""
