"""导入检查.xlsx: what was read of the exports, what it was taken to mean, and where HR says otherwise before forms are made."""
