"""Hydra's complaints about a command line, as one line that says what would be right."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hydra.errors import OverrideParseException

from alseg.composition.choices import choices
from alseg.composition.nearest_setting import hint, nearest
from alseg.composition.override_text import quoted
from alseg.composition.typed_text import frame

KINDS = {"Integer": "a whole number", "Float": "a number", "Boolean": "true or false", "Bool": "true or false"}


def one_line(error: Exception, overrides: Sequence[str] = ()) -> str:
    """Describe the error in a command line.

    Args:
        error: what Hydra or OmegaConf raised.
        overrides: the settings of the command line, for which other ones there are.
    """
    message = " ".join(str(error).split())
    cause = " ".join(str(error.__cause__).split()) if error.__cause__ else ""
    if isinstance(error, OverrideParseException):
        return _unreadable(error.override)
    if match := re.search(r"Ambiguous value for argument '(?P<override>.*?)' 1\. To use", message):
        override = match["override"]
        key, _, value = override.partition("=")
        return f'{override}: several values are a sweep, which takes -m; as one text it is "{key}={quoted(value)}"'
    if match := re.search(r"Sweep parameters '(?P<override>.*)' requires --multirun", message):
        return f"{match['override']}: several values are a sweep, which takes -m"
    if match := re.search(r"Could not find '(?P<group>[\w/]+)/(?P<choice>[^'/]+)'", message):
        options = choices(match["group"])
        choice = match["choice"]
        near = nearest(choice, options)
        meant = f", did you mean {near}" if near else ""
        return f"{match['group']}={choice}: no such choice{meant}; there are {', '.join(options)}"
    if match := re.search(r"Could not override '(?P<key>[^']+)'", message):
        key = match["key"]
        if re.search(r"No match in the defaults list|not in struct|not in '", message + cause):
            others = [word for word in overrides if word.lstrip("+").partition("=")[0] != key]
            return f"{key}: no such setting{hint(key, frame(others))}; alseg run --help lists them all"
        return f"{key}: {cause or message}"
    if match := re.search(r"Missing mandatory value: (?P<key>[\w.]+)", message + cause):
        key = match["key"]
        return f"{key}: no value was given, and there is no default; add {key}=VALUE"
    if match := re.search(r"Interpolation key '(?P<key>[^']*)' not found", message + cause):
        key = match["key"]
        return (
            f"${{{key}}}: there is no setting of this name; an environment variable is ${{oc.env:{key}}}, and "
            f"\\${{{key}}} are these characters themselves"
        )
    if match := re.search(r"Error merging override (?P<override>.+)", message):
        return f"{match['override']}: {_kind(cause.split(' full_key:')[0])}"
    if match := re.search(r"full_key: (?P<key>[\w.]+)", message):
        return f"{match['key']}: {message.split(' full_key:')[0]}"
    return message + (f" ({cause})" if cause else "")


def _unreadable(override: str) -> str:
    key, equals, value = override.partition("=")
    if not equals or not re.fullmatch(r"[+~]{0,2}[\w.@/$-]*", key, re.ASCII):
        return f"{override}: a setting is KEY=VALUE, and its key is made of letters, digits and dots"
    return f'{override}: Hydra cannot read this value; as text it is "{key}={quoted(value)}", with both kinds of quotes'


def _kind(cause: str) -> str:
    match = re.search(r"could not be converted to (?P<kind>\w+)|is not a valid (?P<other>\w+)", cause)
    kind = match and KINDS.get((match["kind"] or match["other"]).capitalize())
    return f"it takes {kind}" if kind else cause
