"""Commands over picture files, without a model."""
