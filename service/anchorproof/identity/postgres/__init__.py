"""The registry's schema as PostgreSQL says it, and the queries that differ there."""
