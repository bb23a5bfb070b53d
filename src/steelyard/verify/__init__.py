"""Trials -> Verdict: intervals, paired tests, flips, selection."""
