"""Documents: asked of clients, received, looked at, accepted or rejected."""
