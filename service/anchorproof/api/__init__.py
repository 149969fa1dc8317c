"""The gRPC edge: servicers, conversion between messages and types, errors to status codes."""
