"""What protects the flow: the documents that say so, and what no other test covers."""
