"""The durable queue of analyses: who waits, who runs under whose lease, what came of it."""
