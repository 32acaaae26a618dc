"""Documents, over the JSON API."""
