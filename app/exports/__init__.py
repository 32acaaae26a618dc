"""Everything that a practice has, as one file to take along."""
