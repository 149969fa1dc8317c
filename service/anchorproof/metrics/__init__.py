"""What the service counts and times while it runs, for Prometheus."""
