"""Parts that screens are put together from; none of them knows the worker or the library."""
