"""Sessions, provisioning and migrations of one service's PostgreSQL database."""
