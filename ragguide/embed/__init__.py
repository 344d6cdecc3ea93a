"""Texts in, unit vectors out, computed by onnxruntime or torch and cached on disk."""
