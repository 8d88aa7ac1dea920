"""The page in the chat, and what hosts are told of it."""
