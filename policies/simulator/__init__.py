"""The rehearsal: what a change of policies would do to whom, from where, before it is made."""
