"""Services the practice sells, for programs."""
