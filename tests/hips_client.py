"""What tests of sky layers read of a HiPS."""

from __future__ import annotations


def properties(text: str) -> dict[str, str]:
    """The ``properties`` of a HiPS (HiPS 1.0, section 4.4.1) by their names."""
    pairs = (line.split("=", 1) for line in text.splitlines() if line.strip())
    return {name.strip(): value.strip() for name, value in pairs}
