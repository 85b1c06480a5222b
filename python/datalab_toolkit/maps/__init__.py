"""Density maps without a screen: projections, views, sources of counts, colours and pictures.

Nothing in here imports a widget library.
"""
