"""Passing a synthetic data set on: laid out for other software, described, and sent to the Hugging Face Hub."""
