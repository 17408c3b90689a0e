"""The French pages: forms, links, login and « Mon Espace ». They work without JavaScript."""

from starter.web.guard import error_page
from starter.web.pages import build_router, router
from starter.web.rendering import STATIC_DIR, STATIC_URL

__all__ = ["STATIC_DIR", "STATIC_URL", "build_router", "error_page", "router"]
