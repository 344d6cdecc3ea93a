"""The lists of a document, and which of them a question asks for."""
