"""The paper: one document tree, its three writers, and the readers that prove them."""
