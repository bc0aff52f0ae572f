"""What a run leaves behind: the files, their proof and their record."""
