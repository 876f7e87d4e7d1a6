"""The files in the folder of a run, each written whole: checkpoint, weights, history, page."""
