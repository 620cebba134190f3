"""Label Studio server, spoken to by its SDK: every fault is one line, and none shows the key."""

from __future__ import annotations

import importlib
import logging
import os
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from alseg.errors import ConfigError, reason_of

log = logging.getLogger(__name__)
T = TypeVar("T")

KEY = "LABEL_STUDIO_API_KEY"
"""Environment variable with the access token, which is in no config, file or message."""
LONGEST_WAIT = 30.0
"""Seconds between two tries at most."""
DETAIL = 300
"""Characters of a server's own words that are shown."""
AWAY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which it is worth to try again."""


class ServerError(ConfigError):
    """A request that the server did not fulfil.

    Args:
        message: one line.
        status: of the answer; None where none came.
        arrived: False if the request certainly did not reach the server.
    """

    def __init__(self, message: str, status: int | None = None, arrived: bool = True) -> None:
        super().__init__(message)
        self.status, self.arrived = status, arrived


class Server:
    """A server, and the patience to wait for it.

    Args:
        url: ``http://HOST:PORT`` or ``https://HOST``, with the path below which Label Studio lies, if there is one.
        patience: seconds for which a server that is away is tried again.

    Raises:
        ValueError: if the URL is none, or holds a password.
    """

    def __init__(self, url: str, patience: float = 60.0) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(
                f"url={url}: it must be the address of a Label Studio server, such as http://localhost:8080"
            )
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError(
                f"url: it must hold no password or token; the environment variable {KEY} has the access token"
            )
        self.url = url.rstrip("/")
        self.patience = patience
        self._client: Any = None

    def ask(self, request: Callable[[Any], T], repeatable: bool = True) -> T:
        """What a request to the SDK's client comes to; while the server is away or broken, it is sent again and again.

        Args:
            request: of the client.
            repeatable: False for what must not happen twice, and is not sent again once it may have reached the server.

        Raises:
            ServerError: if the server does not fulfil it, in words that name the remedy.
            ConfigError: if there is no key or no SDK.
        """
        end, wait = time.monotonic() + self.patience, 1.0
        while True:
            try:
                return self._once(request)
            except ServerError as error:
                left = end - time.monotonic()
                lasting = error.status is not None and error.status not in AWAY
                if lasting or left <= 0 or (error.arrived and not repeatable):
                    raise
                log.warning("%s; trying again for %.0f s", error, left)
                time.sleep(min(wait, left))
                wait = min(2 * wait, LONGEST_WAIT)

    def upload(self, project: int, name: str, content: bytes) -> str:
        """Send a file to a project, and return the address at which tasks show it, ``/data/upload/...``."""

        def send(client: Any) -> str:  # the SDK has no method for it
            answer = client._client_wrapper.httpx_client.request(
                f"api/projects/{project}/import",
                method="POST",
                params={"commit_to_project": "false"},
                files={"file": (name, content, "application/octet-stream")},
            )
            if answer.status_code >= 300:
                raise _sdk("label_studio_sdk.core.api_error").ApiError(status_code=answer.status_code, body=answer.text)
            (number,) = answer.json()["file_upload_ids"]
            return f"/data/{client.files.get(number).file}"

        return self.ask(send)

    def _once(self, request: Callable[[Any], T]) -> T:
        sdk, errors = _sdk("label_studio_sdk"), _sdk("label_studio_sdk.core.api_error")
        import httpx  # the SDK's

        key = os.environ.get(KEY, "").strip()
        if not key:
            raise ConfigError(
                f"{KEY} is not set: make an access token on {self.url}/user/account/personal-access-token and put it into "
                "this environment variable"
            )
        try:
            if self._client is None:
                self._client = sdk.LabelStudio(base_url=self.url, api_key=key, timeout=60, max_retries=0)
            return request(self._client)
        except errors.ApiError as error:
            raise self._refused(error.status_code, error.body, key) from None  # its headers and body are a page long
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            message = f"oracle.url={self.url}: the server does not answer ({_without(key, reason_of(error))})"
            raise ServerError(
                message, arrived=not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
            ) from None
        except UnicodeEncodeError:
            raise ConfigError(
                f"{KEY}: an access token has letters, digits, dots and dashes alone; copy it again"
            ) from None

    def _refused(self, status: int | None, body: Any, key: str) -> ServerError:
        detail = _without(key, _detail(body))
        here = f"oracle.url={self.url}"
        if status == 401:
            remedy = (
                f"make a personal access token on {self.url}/user/account/personal-access-token and put it into {KEY}"
            )
            return ServerError(f"{here}: the server does not accept the access token ({detail}); {remedy}", status)
        if status == 403:
            return ServerError(
                f"{here}: the user whose access token is in {KEY} has no right to do this ({detail})", status
            )
        if status in AWAY:
            remedy = "its own log says why; the access token of somebody who has left the organisation does this too"
            return ServerError(
                f"{here}: the server answers with an error of its own ({status}: {detail}); {remedy}", status
            )
        return ServerError(f"{here}: the server answers {status}: {detail}", status)


def _sdk(module: str) -> Any:
    """A module of the SDK, which takes two seconds to import."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ConfigError(
            f'oracle=label_studio needs label-studio-sdk ({error}); pip install "alseg[label-studio]"'
        ) from error


def _detail(body: Any) -> str:
    """The server's own words, in one line."""
    if isinstance(body, dict):
        said = body.get("validation_errors") or body.get("detail") or body
        body = said if isinstance(said, str) else str(said)
    text = " ".join(str(body).split())
    if "<html" in text.lower():
        title = re.search(r"<title>(.*?)</title>", text, re.IGNORECASE)
        text = f"a page {title[1].strip()!r}" if title and title[1].strip() else "a page instead of data"
    return text[:DETAIL] or "without a word"


def _without(key: str, text: str) -> str:
    return text.replace(key, "***")
