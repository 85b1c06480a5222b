"""The Data Lab itself: catalogues, queries and their HTTP services."""
