"""Proving again who is there, in a session that stands: asked before anything that changes how an identity is protected."""
