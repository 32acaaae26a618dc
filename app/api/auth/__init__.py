"""Sign-in for programs: tokens."""
