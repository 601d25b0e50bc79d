"""Training of the draft model. Torch is used here alone, and only in the modules that say so."""
