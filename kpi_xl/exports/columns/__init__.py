"""Which column of an export means what: header words, the mapping file, and what is said when nothing fits."""
