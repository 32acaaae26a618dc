"""News from Xero after it was stored: sorted to companies, acted on, counted, kept and replayed."""
