"""A worker on another machine, as faces here use it: what it draws comes into the library of this machine."""
