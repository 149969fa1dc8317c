"""Where clips lie: by the SHA-256 of their bytes, in a folder or in a bucket."""
