"""A Message as JSON and back, so that the command line can show what the server beside it composed. Standard library only."""

from __future__ import annotations

import base64
import dataclasses
from datetime import datetime
from typing import Any

from bot.message import Button, Buttons, Chart, Fold, Form, Grid, Input, Message, Quote, Text

_TYPES: dict[str, Any] = {
    kind.__name__: kind for kind in (Message, Text, Quote, Grid, Chart, Button, Buttons, Input, Form, Fold)
}


def to_wire(value: Any) -> Any:
    """Return `value` (a Message or a part of one) as what JSON can hold."""
    if isinstance(value, Chart) and value.picture is not None:
        # The terminal tells a picture in words, so its figures stay behind.
        value = dataclasses.replace(value, picture=None)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: to_wire(getattr(value, field.name)) for field in dataclasses.fields(value)}
        return {"is": type(value).__name__, **fields}
    if isinstance(value, tuple):
        return [to_wire(one) for one in value]
    if isinstance(value, datetime):
        return {"is": "datetime", "iso": value.isoformat()}
    if isinstance(value, bytes):
        return {"is": "bytes", "base64": base64.b64encode(value).decode()}
    return value


def from_wire(value: Any) -> Any:
    """Return what `to_wire` was given."""
    if isinstance(value, list):
        return tuple(from_wire(one) for one in value)
    if not isinstance(value, dict):
        return value
    kind = value.get("is")
    if kind == "datetime":
        return datetime.fromisoformat(value["iso"])
    if kind == "bytes":
        return base64.b64decode(value["base64"])
    if kind in _TYPES:
        return _TYPES[kind](**{name: from_wire(one) for name, one in value.items() if name != "is"})
    return {name: from_wire(one) for name, one in value.items()}


def message_from_wire(value: Any) -> Message:
    """Return the Message that `to_wire` was given."""
    message = from_wire(value)
    if not isinstance(message, Message):
        raise TypeError("not a message")
    return message
