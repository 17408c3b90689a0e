"""What a form of the portal carries that nobody types, for programs that send one without being a browser."""

import re
from html import unescape

import httpx2

_FORM = re.compile(r'<form method="post" action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


def hidden_fields(html: str, action: str) -> dict[str, str]:
    """The hidden fields of the page's form that is sent to `action`: its submission and its token among them.

    Raises:
        LookupError: the page has no such form.
    """
    for target, inside in _FORM.findall(html):
        if target == action:
            return {name: unescape(value) for name, value in _HIDDEN.findall(inside)}
    raise LookupError(f"no form is sent to {action}")


async def drawn(http: httpx2.AsyncClient, page: str, action: str = "") -> dict[str, str]:
    """Open a page with this client, which keeps its cookies, and take the hidden fields of its form.

    Raises:
        LookupError: the page has no form that is sent to `action` (to the page itself, if not given).
    """
    answer = await http.get(page, follow_redirects=True)
    return hidden_fields(answer.text, action or page)
