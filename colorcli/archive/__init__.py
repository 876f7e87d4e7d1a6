"""Photographs by the thousand: what is to be done, who does it, and what is done already."""
