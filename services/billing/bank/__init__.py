"""Reading bank statements: pure functions from bytes to statements, rows and what is wrong with them."""
