"""Planning routes: where doors are, and who walks to which in what order."""
