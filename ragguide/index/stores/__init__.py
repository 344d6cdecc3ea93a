"""Stores of indexes behind one Protocol: a folder of files, or a database."""
