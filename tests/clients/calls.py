# Calls the shop through the generated client; run by tests/clients.rs.
# Where a line says `ignore`, the type checkers must find that error: otherwise they complain.
import dataclasses
import datetime
import decimal
import json
import sys
from collections.abc import Callable

import mails

client = mails.MailMethods(sys.argv[1] + "/", "t0ken", timeout=5)
order = mails.OrdersConfirmation(
    customer=mails.OrdersConfirmationCustomer(name="Ada", email="ada@example.test"),
    order_no="2026-041",
    lines=[
        mails.OrdersConfirmationLine(
            title="Fieldbook", quantity=2, price=decimal.Decimal("12.00")
        )
    ],
    due=datetime.date(2026, 12, 7),
    plan="team",
    invoice=mails.File("a.pdf", b"%PDF\xff", "application/pdf"),
)


def failure(run: Callable[[], object]) -> object:
    try:
        return run()
    except mails.MailMethodError as error:
        return {
            "name": type(error).__name__,
            "message": str(error),
            "status": error.status,
            "paths": [one["path"] for one in error.errors],
            "sent": None if error.sent is None else error.sent["outcome"],
        }
    except Exception:
        return "another error"


welcome = mails.AccountWelcome(name="Ada", email="a@example.test")
results = [
    client.render(order, locale="de")["subject"],
    client.send(order, to=["bob@example.test"], headers={"x-a": "b"})["recipients"][0]["outcome"],
    client.queue(
        mails.TeamInvitation(
            inviter=mails.TeamInvitationInviter(name="Grace", email="grace@example.test"),
            invitee="Ada <ada@example.test>",
            team="Guides",
            accept_url="https://shop.example.test/a",
            expires_on=datetime.date(2026, 12, 15),
        ),
        key="k",
        at=datetime.datetime(2026, 12, 7, 8, tzinfo=datetime.timezone.utc),
        priority=1,
    ),
    failure(
        lambda: client.send(
            mails.NewsDigest(
                subscriber=mails.NewsDigestSubscriber(email="bob@example.test"),
                issue=1,
                headline="Snow",
                articles=[],
                unsubscribe_url="https://shop.example.test/u",
            )
        )
    ),
    failure(lambda: client.send(dataclasses.replace(welcome, email="nobody"))),
    failure(lambda: client.render(welcome)),
    failure(lambda: client.queue(welcome)),
]
print(json.dumps(results))

# A secret is in no representation.
reset = mails.AccountPasswordReset(email="a@example.test", reset_url="https://hush")
assert "hush" not in repr(reset), reset


def wrong() -> None:
    # A missing argument.
    mails.AccountWelcome(name="Ada")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    # A misspelt argument.
    mails.AccountWelcome(name="Ada", email="a", pln="team")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    # An ill-typed argument.
    mails.AccountWelcome(name=1, email="a")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    # A word that the enum does not have.
    mails.AccountWelcome(name="Ada", email="a", plan="tem")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    # A method that there is not.
    mails.AccountWelcom()  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    # An option of the queue alone.
    client.send(welcome, key="k")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
