"""What the oracle `alseg.oracles.label_studio` is made of: a server, a project on it, its tasks, and what people drew there."""
