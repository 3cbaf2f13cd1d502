"""Where data come from: one file a data set."""
