"""What the values of typed columns mean: scale, direction, sign, words. Read from the file, declared, guessed or asked."""
