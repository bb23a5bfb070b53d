"""The nouns: frozen dataclasses that travel between the stages, and their JSON."""
