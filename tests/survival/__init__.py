"""The product as processes: killed, stopped, started again."""
