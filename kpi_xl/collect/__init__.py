"""Forms that come back: sealed when they leave, compared and read when they return, nothing overwritten."""
