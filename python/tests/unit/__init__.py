"""The package and its native module, without a network."""
