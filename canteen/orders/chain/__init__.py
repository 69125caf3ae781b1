"""A chat chain (接龙) pasted as it was copied: read, matched with people, looked through by a person, then ordered."""
