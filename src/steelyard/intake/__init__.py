"""PATH -> Data: reads what the user has, names what is wrong with it, writes nothing there."""
