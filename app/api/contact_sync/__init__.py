"""Syncing clients with their contacts, over the JSON API and for outside schedulers."""
