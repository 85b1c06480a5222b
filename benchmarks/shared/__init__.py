"""What the measurements have in common: a server of their own, clocks, sizes."""
