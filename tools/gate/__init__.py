"""The gate for the trained draft model: is the right thing there, in the right colour, at the right place."""
