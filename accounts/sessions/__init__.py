"""Sign-in sessions: up to five identities in one browser; list, end one, end all."""
