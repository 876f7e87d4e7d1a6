"""What was done before: journals, locks, and the decision on each photograph."""
