"""The numbers of a report and all that can be said of them."""
