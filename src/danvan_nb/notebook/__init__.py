"""The notebook: composing, executing, and the truth of its inline values."""
