"""What the demo says: people, prompts, works, talk, classes and what is made in them."""
