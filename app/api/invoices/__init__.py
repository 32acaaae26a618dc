"""Invoices over the JSON API."""
