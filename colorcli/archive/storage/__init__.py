"""Where photographs and results are: paths, servers, tar archives."""
