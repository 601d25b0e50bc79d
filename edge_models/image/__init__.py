"""Pictures of our own engines: words to a Scene, a Scene to a draft on the device or to a final in the studio."""
