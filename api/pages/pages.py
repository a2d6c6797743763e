"""How a page is made: one place for the templates and for the headers that every page carries."""

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=PackageLoader("api.pages"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)

HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
}
"""No scripts, nothing from elsewhere, kept nowhere, and the address of a page is told to nobody."""


def html(template: str, /, status: int = 200, **values: object) -> HTMLResponse:
    """A page from `templates/<template>`. A value that the template names and `values` lacks is an error at once."""
    return HTMLResponse(_TEMPLATES.get_template(template).render(**values), status, HEADERS)
