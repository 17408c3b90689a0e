"""The pages over the registration's real rules; what stands below these is played by `fakes.py`."""
