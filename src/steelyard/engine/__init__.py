"""What trains: learners, features, heads, devices and the worker processes that run them."""
