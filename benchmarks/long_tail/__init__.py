"""Long-tailed benchmarks: the data, who competes on it, the trainings, and the tables of gains."""
