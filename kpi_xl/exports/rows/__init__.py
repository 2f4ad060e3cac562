"""Rows of text to typed rows, each with its fate: used, or set aside for a reason."""
