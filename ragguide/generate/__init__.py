"""Prompts in, text out: llama.cpp or a server, and how fast it runs on this machine."""
