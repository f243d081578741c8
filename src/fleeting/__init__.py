"""Fleeting makes, trains on and honestly measures facial micro-expressions."""
