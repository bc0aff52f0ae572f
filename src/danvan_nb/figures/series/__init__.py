"""What the numbers of several years say."""
