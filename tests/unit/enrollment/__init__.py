"""The rules of enrollment, without a server."""
