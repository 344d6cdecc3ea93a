"""Tests of reading, cleaning and cutting documents."""
