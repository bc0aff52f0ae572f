"""A person's edits, carried back to where they last."""
