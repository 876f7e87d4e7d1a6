"""The files in the folder of a run: what resuming needs, and what there is to look at."""
