"""Exam -> Findings: one file a detector; dropping a file in registers it."""
