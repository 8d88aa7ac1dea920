"""What the screens say, as lines of text: pure functions, none of which knows a widget or the worker."""
