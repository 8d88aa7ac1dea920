"""What may take long or block, and therefore runs on threads beside the screens."""
