"""Steps on the way from a notebook to the document tree."""
