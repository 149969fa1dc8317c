"""Worker processes that decode and infer, away from the gRPC process."""
