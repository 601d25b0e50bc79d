"""What is looked at before a provider is asked and after it has answered, and what a provider learns of who asks."""
