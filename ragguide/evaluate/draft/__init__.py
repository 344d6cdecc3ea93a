"""A guide in, proposed questions out, for a person to accept, edit or skip."""
