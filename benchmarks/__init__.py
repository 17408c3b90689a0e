"""Measures of the product on real parts. Nothing in production imports them."""
