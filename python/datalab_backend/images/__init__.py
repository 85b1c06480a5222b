"""Images of the sky: which there are, parts of them, and how they are shown as sky layers (HiPS).

It knows nothing of HTTP. `deepfield` makes the one image that the demo sky has.
"""
