"""Second factors: authenticator apps, passkeys and security keys, trusted devices, and the way back when they are lost."""
