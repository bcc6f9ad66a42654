"""Where a request came from: what is believed of the proxies in front."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")


class Proxies(ProxyFix):
    """Reads `X-Forwarded-*` of so many proxies, whatever a client wrote there before them."""

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer as the app does, to the client that the proxies name."""
        for name in FORWARDED:
            if name in environ:
                # All that follows a quote which a client leaves open would be ignored.
                environ[name] = environ[name].replace('"', "")
        return super().__call__(environ, start_response)


def init_app(app: Flask) -> None:
    """Believe the proxies in front, around everything else that wraps the app."""
    if proxies := app.config["TRUST_PROXY"]:
        app.wsgi_app = Proxies(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
