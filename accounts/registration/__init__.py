"""Create a new account: an address proved by mail, a name, a password, and a standalone account with its root user."""
