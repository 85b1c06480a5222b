"""Personal tables: each user's own, in a catalogue store of their own, shared as they say."""
