"""The `scorebook` command."""
