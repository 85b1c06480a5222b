"""The parts of the ``datalab`` command, one file a noun."""
