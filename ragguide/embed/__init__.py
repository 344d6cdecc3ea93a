"""Texts in, unit vectors out: by ONNX or torch, with a cache of vectors."""
