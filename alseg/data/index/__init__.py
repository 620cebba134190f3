"""Manifests for folders that have none: what lies in them is recognised by its layout, and nothing is guessed."""
