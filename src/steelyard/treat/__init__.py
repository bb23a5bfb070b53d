"""The remedies, one file each, and the runner that tries them."""
