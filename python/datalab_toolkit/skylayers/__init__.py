"""What lies on the sky view, layer by layer. Knows no widget and no browser."""
