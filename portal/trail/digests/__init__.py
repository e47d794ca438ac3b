"""The log sealed: signed digests, each of the events since the one before and of that digest itself, and what walks along them."""
