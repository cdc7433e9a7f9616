"""Routes: thin, one noun per file."""
