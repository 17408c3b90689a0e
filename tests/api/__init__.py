"""The JSON API, the middlewares in front of everything, the codec server."""
