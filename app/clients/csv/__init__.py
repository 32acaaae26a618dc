"""Clients in spreadsheet files: read, compared, written down, and given out."""
