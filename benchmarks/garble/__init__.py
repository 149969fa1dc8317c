"""Text that is no language: what a generator writes beside what people write, read as the service reads it."""
