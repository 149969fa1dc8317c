"""What a picture claims: the names, outlets and labels written in it."""
