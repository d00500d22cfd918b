# Made by `mailmethod codegen --lang python`: do not edit. Python 3.10 or later.
from __future__ import annotations

import base64 as _base64
import builtins as _b
import collections.abc as _abc
import dataclasses as _dataclasses
import datetime as _datetime
import decimal as _decimal
import email.message as _message
import json as _json
import typing as _t
import urllib.error as _error
import urllib.request as _request


class Record:
    """A record of arguments."""


class Mail(Record):
    """A call of a mail method: its arguments."""

    __mail_method__: _t.ClassVar[str]


@_dataclasses.dataclass(frozen=True)
class File:
    """A file argument."""

    filename: str
    content: bytes = _dataclasses.field(repr=False)
    content_type: _t.Optional[str] = None
