"""The demo: a real client that enters two programmes through the public HTTP APIs and checks what comes out."""
