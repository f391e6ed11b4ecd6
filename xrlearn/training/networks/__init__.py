"""The networks, without the way they learn."""
