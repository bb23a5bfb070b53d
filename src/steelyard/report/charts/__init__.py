"""One file a chart: `Contents` in, a chart with its title and its caption out, or None."""
