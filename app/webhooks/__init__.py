"""News from Xero: the address it posts to, and the page that shows what came."""
