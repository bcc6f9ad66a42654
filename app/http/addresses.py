"""By which name the app is called, and what it believes of the proxies in front."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST")


class Names:
    """The names that an app is called by; `.example.com` is that name and every name below it."""

    def __init__(self, names: Iterable[str]) -> None:
        listed = [*names]
        self._exact = {name.removeprefix(".") for name in listed}
        self._endings = tuple(name for name in listed if name.startswith("."))

    def have(self, host: str) -> bool:
        """Tell whether a Host is one of them, whatever its port, its case and a dot at its end."""
        return host in self._exact or self._has(host.partition(":")[0].lower().removesuffix("."))

    def _has(self, name: str) -> bool:
        return name in self._exact or name.endswith(self._endings)


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
    """Give the app its names, and believe the proxies, around everything else that wraps it."""
    # Flask's own check would take a name in capitals, or with a dot at its end, for another.
    names, app.config["TRUSTED_HOSTS"] = app.config["TRUSTED_HOSTS"], None
    app.extensions["names"] = Names(names) if names else None
    if proxies := app.config["TRUST_PROXY"]:
        app.wsgi_app = Proxies(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies
        )
