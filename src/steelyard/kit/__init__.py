"""The parts that can be used alone: metrics, intervals, post-hoc corrections, losses, samplers."""
