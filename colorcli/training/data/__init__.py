"""The photographs of a run: where they come from, which are asked for, decoded, divided, cropped, damaged."""
