"""Identity: consent, tokens, connections, revocation."""
