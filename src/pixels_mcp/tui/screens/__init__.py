"""The eight screens, one file each."""
