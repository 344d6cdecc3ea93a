"""`ragguide chat`: questions and follow-ups in, answers out, until Ctrl-D."""
