"""Data -> Exam: counts, the baseline out of fold, learning curves."""
