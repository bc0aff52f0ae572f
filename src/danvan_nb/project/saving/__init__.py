"""Writing a project's files: one command at a time, all or none, never over a person's work."""
