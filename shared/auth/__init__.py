"""Who is acting, with which roles, and how a token proves it."""
