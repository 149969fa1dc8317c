"""The report store's SQL for PostgreSQL."""
