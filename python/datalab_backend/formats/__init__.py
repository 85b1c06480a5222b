"""Results as files: one writer a format, all streaming from Arrow batches."""
