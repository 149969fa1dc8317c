"""The uploads' SQL for PostgreSQL."""
