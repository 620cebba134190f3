"""UniSAL: how few labels do, which images get them, and which part of it that is owed to."""
