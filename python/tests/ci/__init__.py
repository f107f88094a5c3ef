"""Tests of the checks under ci/checks."""
