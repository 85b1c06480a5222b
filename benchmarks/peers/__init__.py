"""The same questions to other programs, each at its best."""
