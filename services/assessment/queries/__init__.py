"""What is read: facts for commands, rows for lists, pairs for figures."""
