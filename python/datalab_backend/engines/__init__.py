"""The databases that answer queries, one file each."""
