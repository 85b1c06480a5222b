"""A simulated sky and the simulated surveys that observe it.

One true sky (`sky`) is made per HEALPix pixel from the model of the Milky Way (`stars`, `dust`),
the deep galaxy counts (`galaxies`), and what is put in by hand (`dwarf`, `cluster`, `variables`).
Each survey (`legacy`, `smash`, `desi`) observes it with its own depth and noise.
"""
