"""The recipe of `mini`: its network, its training pairs, its run and how it is packaged."""
