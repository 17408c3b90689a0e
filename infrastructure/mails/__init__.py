"""The product's mails: what they say (templates), how they are rendered and put into a message.

Invariants: a subject holds nothing that was typed; before the mailbox is proved neither does the body; the
same order gives the same bytes, so that a retry is recognisably the same message.
"""
