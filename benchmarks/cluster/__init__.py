"""Front ends and machines of workers on one PostgreSQL and one clip store: what they do together, what harm does."""
