"""The console: what opens after sign-in, and the identities that are open beside each other in one browser."""
