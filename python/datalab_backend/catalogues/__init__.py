"""What the Data Lab holds: tables on disk, their order on the sky, their density."""
