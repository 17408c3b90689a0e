"""Everything that talks to registrations: pages, JSON API, command line."""
