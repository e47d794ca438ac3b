"""The list of an identity's second factors: register, rename, remove."""
