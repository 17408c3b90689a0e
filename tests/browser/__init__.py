"""The product as people use it: a real browser, and the whole stack behind it."""
