"""The views that a notebook shows, over the models of the package."""
