"""Commands that look at and change the installation."""
