"""One report: its checked data and the words that a notebook may use."""
