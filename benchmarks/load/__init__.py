"""What one server bears on loopback: many clients at once, more work than it can do, a stop while it works."""
