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


@_dataclasses.dataclass(frozen=True, kw_only=True)
class U2d(Mail):
    """The mail method `-`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "-"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class U2dU2d(Mail):
    """The mail method `--`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "--"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class Mail2024Type(Mail):
    """The mail method `2024/type`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "2024/type"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class _2fa(Mail):
    """The mail method `2fa`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "2fa"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class a_2d_1(Mail):
    """The mail method `a-1`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "a-1"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class a_2d_b_2f_x(Mail):
    """The mail method `a-b/x`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "a-b/x"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class a1(Mail):
    """The mail method `a1`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "a1"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class a_5f_1(Mail):
    """The mail method `a_1`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "a_1"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class a_5f_b_2f_x(Mail):
    """The mail method `a_b/x`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "a_b/x"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class Clone(Mail):
    """The mail method `clone`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "clone"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class EveryTypeRecord(Record):
    """`record` of `every-type`."""

    #: `string`.
    type: _b.str

    #: `integer`, optional.
    of: _t.Optional[_b.int] = None


@_dataclasses.dataclass(frozen=True, kw_only=True)
class EveryTypeSize(Record):
    """`size` of `every-type`."""

    #: `integer`.
    w: _b.int


@_dataclasses.dataclass(frozen=True, kw_only=True)
class EveryType(Mail):
    """The mail method `every-type`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "every-type"

    #: `string`.
    string: _b.str

    #: `text`.
    text: _b.str

    #: `integer`, at least -5, at most 5.
    integer: _b.int

    #: `decimal`.
    decimal: _decimal.Decimal

    #: `float`.
    float: _b.float

    #: `boolean`.
    boolean: _b.bool

    #: `date`.
    date: _datetime.date

    #: `time`.
    time: _datetime.time

    #: `datetime`.
    datetime: _datetime.datetime

    #: `address`.
    address: _b.str

    #: `addresses`.
    addresses: Mailboxes

    #: `url`.
    link: _b.str

    #: `enum(a|b)`.
    word: _t.Literal["a", "b"]

    #: `list`.
    words: _t.Sequence[_t.Literal["c", "d"]]

    #: `list`.
    list: _t.Sequence[_t.Any]

    #: `list`.
    gaps: _t.Sequence[_t.Optional[_b.str]]

    #: `list`.
    grid: _t.Sequence[_t.Sequence[_b.int]]

    #: `record`.
    record: EveryTypeRecord

    #: `file`.
    file: File

    #: `list`.
    files: _t.Sequence[File]

    #: `any`.
    any: _t.Any

    #: `string`, optional.
    note: _t.Optional[_b.str] = None

    #: `file`, optional.
    scan: _t.Optional[File] = None

    #: `list`, optional.
    numbers: _t.Optional[_t.Sequence[_b.int]] = None

    #: `integer`; `2` if it is left out.
    copies: _t.Optional[_b.int] = None

    #: `decimal`; `1.50` if it is left out.
    price: _t.Optional[_decimal.Decimal] = None

    #: `list`; `["x","y"]` if it is left out.
    tags: _t.Optional[_t.Sequence[_b.str]] = None

    #: `record`; `{"w":1}` if it is left out.
    size: _t.Optional[EveryTypeSize] = None


@_dataclasses.dataclass(frozen=True, kw_only=True)
class mail2fa(Mail):
    """The mail method `mail2fa`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "mail2fa"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class MailmethodCall(Mail):
    """The mail method `mailmethod/call`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "mailmethod/call"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class Option(Mail):
    """The mail method `option`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "option"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class OrdersCustomer_(Record):
    """`customer` of `orders`."""

    #: `string`.
    name: _b.str


@_dataclasses.dataclass(frozen=True, kw_only=True)
class OrdersLine(Record):
    """`line` of `orders`."""

    #: `integer`.
    a: _b.int


@_dataclasses.dataclass(frozen=True, kw_only=True)
class OrdersLines(Record):
    """`lines` of `orders`."""

    #: `integer`.
    a: _b.int


@_dataclasses.dataclass(frozen=True, kw_only=True)
class OrdersStatus(Record):
    """`status` of `orders`."""

    #: `list`.
    of: _t.Sequence[_t.Any]


@_dataclasses.dataclass(frozen=True, kw_only=True)
class Orders(Mail):
    """A method beside a folder of its name.

    The mail method `orders`; its sample is `s`.
    """

    __mail_method__: _t.ClassVar[_b.str] = "orders"

    #: `record`.
    customer: OrdersCustomer_

    #: `enum(self|Self|a b|a-b|1st|+|-|ä|fn|Err|Ok|ALL|IN_STOCK|"|\|from_str|true)`.
    plan: _t.Literal["self", "Self", "a b", "a-b", "1st", "+", "-", "\U000000e4", "fn", "Err", "Ok", "ALL", "IN_STOCK", "\"", "\\", "from_str", "true"]

    #: `list`.
    Plan: _t.Sequence[_t.Literal["one", "two"]]

    #: `record`.
    line: OrdersLine

    #: `list`.
    lines: _t.Sequence[OrdersLines]

    #: `list`.
    status: _t.Sequence[_t.Sequence[OrdersStatus]]


@_dataclasses.dataclass(frozen=True, kw_only=True)
class OrdersCustomer(Mail):
    """The mail method `orders/customer`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "orders/customer"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class SecretsVault(Record):
    """`vault` of `secrets`."""

    #: `integer`.
    code: _b.int = _dataclasses.field(repr=False)

    #: `enum(hush|hushhush)`.
    kind: _t.Literal["hush", "hushhush"] = _dataclasses.field(repr=False)

    #: `string`, optional.
    open: _t.Optional[_b.str] = _dataclasses.field(default=None, repr=False)


@_dataclasses.dataclass(frozen=True, kw_only=True)
class SecretsBox(Record):
    """`boxes` of `secrets`."""

    #: `integer`, secret.
    pin: _b.int = _dataclasses.field(repr=False)

    #: `string`.
    shown: _b.str


@_dataclasses.dataclass(frozen=True, kw_only=True)
class Secrets(Mail):
    """The mail method `secrets`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "secrets"

    #: `string`, secret.
    token: _b.str = _dataclasses.field(repr=False)

    #: `list`.
    keys: _t.Sequence[_b.str] = _dataclasses.field(repr=False)

    #: `record`, secret.
    vault: SecretsVault = _dataclasses.field(repr=False)

    #: `list`.
    boxes: _t.Sequence[SecretsBox]


@_dataclasses.dataclass(frozen=True, kw_only=True)
class Self(Mail):
    """The mail method `self`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "self"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class SelfCrate(Mail):
    """The mail method `self/crate`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "self/crate"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class StdOption(Mail):
    """The mail method `std/option`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "std/option"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class StdString(Mail):
    """The mail method `std/string`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "std/string"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class StrBool(Mail):
    """The mail method `str/bool`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "str/bool"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class StrI64(Mail):
    """The mail method `str/i64`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "str/i64"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class String(Mail):
    """The mail method `string`; its sample is `s`."""

    __mail_method__: _t.ClassVar[_b.str] = "string"


@_dataclasses.dataclass(frozen=True, kw_only=True)
class TypeAsync(Record):
    """`async` of `type`."""

    #: `string`.
    gen: _b.str

    #: `record`.
    dyn: TypeAsyncDyn


@_dataclasses.dataclass(frozen=True, kw_only=True)
class TypeAsyncDyn(Record):
    """`async.dyn` of `type`."""

    #: `integer`.
    fn: _b.int


@_dataclasses.dataclass(frozen=True, kw_only=True)
class Type(Mail):
    """# Not a heading, no [link](x), no <b>tag</b>, `no code`
    ```rust
    panic!(\"this is no test\");
    ```
    and no way out: */ \"\"\" ''' \\ \\u{202e}  turned

    The mail method `type`; its sample is `s`.
    """

    __mail_method__: _t.ClassVar[_b.str] = "type"

    #: `string`.
    type: _b.str

    #: 1. one
    #: `string`.
    match: _b.str

    #: `string`.
    Self_: _b.str = _dataclasses.field(metadata={"name": "Self"})

    #: `string`.
    crate: _b.str

    #: `string`.
    crate_: _b.str

    #: `string`.
    Some: _b.str

    #: `integer`, optional.
    Ok: _t.Optional[_b.int] = None

    #: `string`.
    _: _b.str

    #: `string`.
    x__: _b.str = _dataclasses.field(metadata={"name": "__"})

    #: `string`.
    f: _b.str

    #: `string`.
    name: _b.str

    #: `string`.
    Name: _b.str

    #: `record`.
    async_: TypeAsync = _dataclasses.field(metadata={"name": "async"})


