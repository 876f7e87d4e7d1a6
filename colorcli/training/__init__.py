"""Training: `trainer` runs what `config` says; the packages are named by what they hold."""
