"""The face in a terminal: eight screens beside the assistant. Only the command `tui` imports it."""
