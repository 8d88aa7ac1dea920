"""Words from outside, read in one place: short and careless spellings completed, wrong ones refused by name."""
