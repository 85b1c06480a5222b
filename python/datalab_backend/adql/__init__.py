"""ADQL: text to tree, checks, SQL of an engine."""
