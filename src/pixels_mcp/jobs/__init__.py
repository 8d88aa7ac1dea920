"""Jobs: what was asked for, kept in SQLite until it is drawn; the store is the truth about every job."""
