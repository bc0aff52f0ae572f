"""What stands in `params/`, and where everything of a project lies."""
