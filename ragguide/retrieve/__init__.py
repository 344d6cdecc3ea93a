"""Two searches' candidates in, one ranked list of passages out."""
