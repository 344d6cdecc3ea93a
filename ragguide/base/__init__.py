"""Helpers that know nothing about guides: timing, hardware, disk and offline mode."""
