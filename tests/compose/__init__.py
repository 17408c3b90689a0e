"""The files of the deployment, read by tools."""
