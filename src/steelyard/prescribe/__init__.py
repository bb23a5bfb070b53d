"""Findings -> an ordered list of Recipes within a budget."""
