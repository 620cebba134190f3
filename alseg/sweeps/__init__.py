"""Many runs from one command: what they are, where they run, and what became of them."""
