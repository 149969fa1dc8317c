"""The queue's SQL for PostgreSQL."""
