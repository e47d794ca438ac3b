"""OAuth 2.0: authorization codes with PKCE, and what redeems them."""
