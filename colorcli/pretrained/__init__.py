"""Networks that others published: their weights, and graphs made of these."""
