"""What billing decides: pure functions and values, one noun per file."""
