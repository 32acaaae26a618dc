"""Where the bytes of documents lie: sealed, behind one small interface."""
