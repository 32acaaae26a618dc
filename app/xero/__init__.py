"""Everything that knows Xero's HTTP, and nothing of pages, models or the rest of the application."""
