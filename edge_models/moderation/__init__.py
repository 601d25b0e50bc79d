"""What is not made or shown, by its words and by its looks: the same on devices and in the bridge."""
