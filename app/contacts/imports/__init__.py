"""Importing contacts of Xero as clients: preview, choices, run, undo."""
