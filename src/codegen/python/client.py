

Mailboxes = _t.Union[str, _t.Sequence[str]]
"""A list of mailboxes, or one text with an address list."""


Envelope = _t.TypedDict("Envelope", {"from": _t.Optional[str], "to": _t.List[str]})
"""From whom and to whom, as the relay is told it."""


class RenderedAttachment(_t.TypedDict):
    """An attachment, without its content."""

    filename: _t.Optional[str]
    content_type: str
    disposition: _t.Literal["attachment", "inline"]
    content_id: _t.Optional[str]
    size: int
    sha256: str


class RenderedMail(_t.TypedDict):
    """A mail as it would be sent."""

    v: int
    method: str
    locale: str
    envelope: Envelope
    headers: _t.List[_t.Tuple[str, str]]
    subject: _t.Optional[str]
    text: _t.Optional[str]
    html: _t.Optional[str]
    attachments: _t.List[RenderedAttachment]
    message_id: str
    raw: str


class RecipientOutcome(_t.TypedDict):
    """What became of a mail for one recipient, and the relay's reply."""

    address: str
    outcome: _t.Literal["accepted", "refused", "deferred", "unknown"]
    code: _t.Optional[int]
    enhanced: _t.Optional[str]
    text: _t.Optional[str]


class DeliveryProblem(_t.TypedDict):
    """What broke on the way to the relay."""

    phase: str
    message: str


class SentMail(_t.TypedDict):
    """What became of a mail."""

    v: int
    outcome: _t.Literal["sent", "partial", "refused", "deferred", "unknown"]
    message_id: str
    recipients: _t.List[RecipientOutcome]
    error: _t.Optional[DeliveryProblem]


class QueuedMail(_t.TypedDict):
    """A mail in the queue; ``new`` is false where the key had this entry already."""

    v: int
    id: str
    new: bool


class ProblemError(_t.TypedDict):
    """One thing that is wrong; ``path`` is the argument, such as ``lines[2].price``."""

    code: str
    message: str
    path: _t.Optional[str]
    file: _t.Optional[str]
    line: _t.Optional[int]
    column: _t.Optional[int]
    help: _t.Optional[str]


class MailMethodError(Exception):
    """Why a call failed: what the server said, as problem+json."""

    def __init__(
        self,
        status: int,
        message: str,
        errors: _t.Sequence[ProblemError] = (),
        sent: _t.Optional[SentMail] = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        """The status of HTTP."""
        self.errors = list(errors)
        """All that is wrong, where the server says it."""
        self.sent = sent
        """Each recipient's outcome, where a relay accepted nobody."""


class MailMethods:
    """Calls mail methods by name.

    ``base_url`` is what precedes ``/api/v1``, such as ``http://127.0.0.1:8225``; ``token`` is that of
    ``MAILMETHOD_TOKEN`` of the server; ``timeout`` is in seconds.
    """

    def __init__(self, base_url: str, token: str, *, timeout: float = 60.0) -> None:
        if not base_url.lower().startswith(("http://", "https://")):
            raise ValueError("base_url begins with http:// or https://")
        self._base = base_url.rstrip("/")
        self._token = token
        self._timeout = timeout
        self._opener = _request.build_opener(_NoRedirect)

    def render(
        self,
        mail: Mail,
        *,
        locale: _t.Optional[str] = None,
        from_: _t.Optional[str] = None,
        to: _t.Optional[Mailboxes] = None,
        cc: _t.Optional[Mailboxes] = None,
        bcc: _t.Optional[Mailboxes] = None,
        reply_to: _t.Optional[Mailboxes] = None,
        headers: _t.Optional[_t.Mapping[str, str]] = None,
    ) -> RenderedMail:
        """Renders a mail, without sending it."""
        options = _options(locale, from_, to, cc, bcc, reply_to, headers)
        return _t.cast(RenderedMail, self._post(mail, "render", options))

    def send(
        self,
        mail: Mail,
        *,
        locale: _t.Optional[str] = None,
        from_: _t.Optional[str] = None,
        to: _t.Optional[Mailboxes] = None,
        cc: _t.Optional[Mailboxes] = None,
        bcc: _t.Optional[Mailboxes] = None,
        reply_to: _t.Optional[Mailboxes] = None,
        headers: _t.Optional[_t.Mapping[str, str]] = None,
    ) -> SentMail:
        """Sends a mail now, and waits for the relay."""
        options = _options(locale, from_, to, cc, bcc, reply_to, headers)
        return _t.cast(SentMail, self._post(mail, "send", options))

    def queue(
        self,
        mail: Mail,
        *,
        key: _t.Optional[str] = None,
        at: _t.Optional[_datetime.datetime] = None,
        expires_in: _t.Optional[str] = None,
        priority: _t.Optional[int] = None,
        locale: _t.Optional[str] = None,
        from_: _t.Optional[str] = None,
        to: _t.Optional[Mailboxes] = None,
        cc: _t.Optional[Mailboxes] = None,
        bcc: _t.Optional[Mailboxes] = None,
        reply_to: _t.Optional[Mailboxes] = None,
        headers: _t.Optional[_t.Mapping[str, str]] = None,
    ) -> QueuedMail:
        """Puts a mail into the queue.

        The same ``key`` and content is the same entry; it is not sent before ``at``, which needs a
        time zone; ``expires_in`` is how long it is tried, such as ``24h``; ``priority`` is from 1
        (first) to 5.
        """
        if at is not None and at.tzinfo is None:
            raise ValueError("at needs a time zone")
        options = _options(locale, from_, to, cc, bcc, reply_to, headers)
        options += [("key", key), ("at", at), ("expires_in", expires_in), ("priority", priority)]
        return _t.cast(QueuedMail, self._post(mail, "queue", options))

    def _post(
        self, mail: Mail, verb: str, options: _t.Sequence[_t.Tuple[str, object]]
    ) -> object:
        name = mail.__mail_method__.replace("/", ".")
        body = {key: _plain(value) for key, value in options if value is not None}
        body["arguments"] = _plain(mail)
        request = _request.Request(
            f"{self._base}/api/v1/methods/{name}/{verb}",
            data=_json.dumps(body).encode(),
            headers={
                "Accept": "application/json",
                "Authorization": f"Bearer {self._token}",
                "Content-Type": "application/json",
            },
            method="POST",
        )
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                return _t.cast(object, _json.load(response))
        except _error.HTTPError as error:
            with error:
                raise _problem(error.code, error.read()) from None


class _NoRedirect(_request.HTTPRedirectHandler):
    """The token is for one server alone."""

    def redirect_request(
        self,
        req: _request.Request,
        fp: _t.IO[bytes],
        code: int,
        msg: str,
        headers: _message.Message,
        newurl: str,
    ) -> None:
        return None


def _options(
    locale: _t.Optional[str],
    from_: _t.Optional[str],
    to: _t.Optional[Mailboxes],
    cc: _t.Optional[Mailboxes],
    bcc: _t.Optional[Mailboxes],
    reply_to: _t.Optional[Mailboxes],
    headers: _t.Optional[_t.Mapping[str, str]],
) -> _t.List[_t.Tuple[str, object]]:
    return [
        ("locale", locale),
        ("from", from_),
        ("to", to),
        ("cc", cc),
        ("bcc", bcc),
        ("reply_to", reply_to),
        ("headers", headers),
    ]


def _problem(status: int, body: bytes) -> MailMethodError:
    problem: _t.Dict[str, _t.Any] = {}
    try:
        parsed: object = _json.loads(body)
        if isinstance(parsed, dict):
            problem = _t.cast(_t.Dict[str, _t.Any], parsed)
    except ValueError:
        # Something before the server answered in its own words.
        pass
    message: _t.Optional[str] = problem.get("detail") or problem.get("title")
    message = message or f"the server answered with the status {status}"
    return MailMethodError(status, message, problem.get("errors") or (), problem.get("sent"))


def _plain(value: object) -> object:
    """A value as JSON has it."""
    if isinstance(value, File):
        plain = {"filename": value.filename, "content": _base64.b64encode(value.content).decode()}
        if value.content_type is not None:
            plain["content_type"] = value.content_type
        return plain
    if isinstance(value, Record):
        return {
            field.metadata.get("name", field.name): _plain(getattr(value, field.name))
            for field in _dataclasses.fields(_t.cast(_t.Any, value))
            if field.default is not None or getattr(value, field.name) is not None
        }
    if isinstance(value, (_datetime.date, _datetime.time)):
        return value.isoformat()
    if isinstance(value, _decimal.Decimal):
        return format(value, "f")
    if isinstance(value, _abc.Mapping):
        entries = _t.cast(_t.Mapping[object, object], value)
        return {str(key): _plain(item) for key, item in entries.items()}
    if isinstance(value, _abc.Sequence) and not isinstance(value, (str, bytes, bytearray)):
        return [_plain(item) for item in _t.cast(_t.Sequence[object], value)]
    return value
