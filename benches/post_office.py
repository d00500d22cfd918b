#!/usr/bin/env python3
"""mailmethod beside django-post_office: mails a second from the first that is queued to the last
that is accepted and settled, both on SQLite files, to one loopback `smtp-sink`, in turn.

    cargo build --release && python3 benches/post_office.py [--mails 2000] [--rounds 5]

It makes a virtual environment in a temporary folder, installs django-post_office from PyPI, and
deletes all of it at the end. Postfix's `smtp-sink` must be installed.

What is measured, for each side from the same template and arguments, a mail of 9 KB:

- django-post_office with its defaults: `mail.send(template=..., context=...)` for each mail, then
  its command `send_queued_mail`, in one process that is up already: Python's start, Django's
  set-up and the migrations are not counted. `--bulk` queues by `mail.send_many` instead.
- mailmethod with its defaults: the programs `mailmethod queue add --count N` and
  `mailmethod queue run --once`, from the start of the first to the end of the second.
- The same with `kind: bulk` in its method, as one declares what goes to many: then eight mails of a
  connection may be past their gate at the same time, and not one.
- The same with `queue: { window: 25 }`: with four connections a hundred mails may arrive twice after a
  crash. That is django-post_office's default: it writes down what became of a batch of 100 mails
  after it has sent them all.

A side counts only if its own database says that all mails are sent, and the sink has taken them.
"""

import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SUBJECT = "Order {{ number }} confirmed"
LINES = [
    {"title": f"Enamel mug, the edition of {year}, with a handle of ash", "price": f"{year % 40}.50"}
    for year in range(2002, 2026)
]
ARGUMENTS = {"name": "Ada Lovelace", "number": "2026-041", "lines": LINES}
TEXT = """Hello {{ name }},

thank you for order {{ number }}. It is on its way to you; what you have ordered:

{% for line in lines %}
- {{ line.title }}: {{ line.price }}
{% endfor %}

""" + "We are glad that you buy from us, and tell you as soon as the parcel leaves.\n" * 12
ROW = (
    '<tr><td style="padding: 8px 16px; border-bottom: 1px solid #dddddd">{{ line.title }}</td>'
    '<td style="padding: 8px 16px; text-align: right">{{ line.price }}</td></tr>\n'
)
HTML = (
    "<!doctype html>\n<html><head><title>Order {{ number }}</title></head>\n<body>\n"
    "<p>Hello {{ name }},</p>\n<p>thank you for order {{ number }}.</p>\n<table>\n"
    "{% for line in lines %}\n" + ROW + "{% endfor %}\n</table>\n"
    + "<p>We are glad that you buy from us, and tell you as soon as the parcel leaves.</p>\n" * 12
    + "</body></html>\n"
)

# Our sides: whether the method is of kind bulk, and the window if it is set.
OURS = {
    "mailmethod": (False, None),
    "mailmethod, bulk": (True, None),
    "mailmethod, bulk, window 25": (True, 25),
}

# The Django side: one process that makes its database, says that it is ready, and works once told.
WORKER = '''
import json, sys, time
from pathlib import Path
import django
from django.conf import settings

task = json.loads(Path(sys.argv[1]).read_text())
settings.configure(
    SECRET_KEY="a bench",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": task["database"]}},
    INSTALLED_APPS=["post_office"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    EMAIL_BACKEND="post_office.EmailBackend",
    EMAIL_HOST="127.0.0.1",
    EMAIL_PORT=task["port"],
    USE_TZ=True,
)
django.setup()
from django.core.management import call_command
from post_office import mail
from post_office.models import STATUS, Email, EmailTemplate

call_command("migrate", verbosity=0)
EmailTemplate.objects.create(
    name="order", subject=task["subject"], content=task["text"], html_content=task["html"]
)
print("ready", flush=True)
sys.stdin.readline()

begin = time.perf_counter()
one = dict(
    recipients=["ada@example.test"], sender="shop@example.test", template="order",
    context=task["arguments"],
)
if task["bulk"]:
    mail.send_many([one] * task["mails"])
else:
    for _ in range(task["mails"]):
        mail.send(**one)
queued = time.perf_counter()
call_command("send_queued_mail")
end = time.perf_counter()
sent = Email.objects.filter(status=STATUS.sent).count()
print(json.dumps({"queued": queued - begin, "total": end - begin, "sent": sent}), flush=True)
'''


class Sink:
    """Postfix's `smtp-sink`, which counts what it takes."""

    def __init__(self, folder: Path):
        program = shutil.which("smtp-sink", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if not program:
            sys.exit("smtp-sink is not installed (Debian: postfix)")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.said = folder / "sink"
        # As root it wants to become somebody else; it keeps nothing, so it matters not whom.
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        command = [program, *user, "-c", f"127.0.0.1:{self.port}", "1024"]
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.02)
        self.end()
        sys.exit(f"smtp-sink does not answer: {self.said.read_text()}")

    def taken(self) -> int:
        """How many mails it has taken: the last message count that it has printed."""
        counts = re.findall(rb"mesg=(\d+)", self.said.read_bytes())
        return int(counts[-1]) if counts else 0

    def end(self):
        self.process.terminate()
        self.process.wait()


def post_office(python: Path, folder: Path, options) -> dict:
    sink = Sink(folder)
    try:
        task = {
            "database": str(folder / "django.db"), "port": sink.port, "mails": options.mails,
            "bulk": options.bulk, "subject": SUBJECT, "text": TEXT, "html": HTML,
            "arguments": ARGUMENTS,
        }
        (folder / "task.json").write_text(json.dumps(task))
        (folder / "worker.py").write_text(WORKER)
        command = [python, folder / "worker.py", folder / "task.json"]
        with (folder / "django.log").open("wb") as log, subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as worker:
            if worker.stdout.readline().strip() != "ready":
                worker.wait()
                sys.exit((folder / "django.log").read_text())
            answer, _ = worker.communicate("go\n")
        if worker.returncode != 0:
            sys.exit((folder / "django.log").read_text())
        result = json.loads(answer.splitlines()[-1])
        return checked("django-post_office", result, sink, options)
    finally:
        sink.end()


def mailmethod(program: Path, folder: Path, options, who: str) -> dict:
    bulk, window = OURS[who]
    sink = Sink(folder)
    try:
        templates = folder / "templates"
        templates.mkdir()
        arguments = "{ name: string, number: string, lines: { list: { title: string, price: string } } }"
        (templates / "order.yaml").write_text(
            f"arguments: {arguments}\nheaders:\n  from: shop@example.test\n"
            f"  to: ada@example.test\n  subject: '{SUBJECT}'\n" + ("kind: bulk\n" if bulk else "")
        )
        (templates / "order.txt.j2").write_text(TEXT)
        (templates / "order.html.j2").write_text(HTML)
        (folder / "arguments.json").write_text(json.dumps(ARGUMENTS))
        if window:
            (folder / "mailmethod.yaml").write_text(f"queue: {{ window: {window} }}\n")
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "MAILMETHOD_SMTP_URL": f"smtp://127.0.0.1:{sink.port}",
        }

        def run(*words: str) -> str:
            ended = subprocess.run(
                [program, "-C", folder, "--quiet", *words], env=environment, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
            )
            if ended.returncode != 0:
                sys.exit(f"mailmethod {' '.join(words)}: {ended.stderr}")
            return ended.stdout

        begin = time.perf_counter()
        run("queue", "add", "order", "--args", "arguments.json", "--count", str(options.mails))
        queued = time.perf_counter()
        run("queue", "run", "--once")
        end = time.perf_counter()
        sent = json.loads(run("queue", "stats", "--json"))["views"]["sent"]
        octets = len(run("render", "order", "--args", "arguments.json", "--part", "raw"))
        result = {
            "queued": queued - begin, "total": end - begin, "sent": sent, "octets": octets
        }
        return checked(who, result, sink, options)
    finally:
        sink.end()


def checked(who: str, result: dict, sink: Sink, options) -> dict:
    if result["sent"] != options.mails or sink.taken() != options.mails:
        sys.exit(f"{who}: {result['sent']} sent, {sink.taken()} taken, of {options.mails}")
    return {
        "all": options.mails / result["total"],
        "queue": options.mails / result["queued"],
        "send": options.mails / (result["total"] - result["queued"]),
        "octets": result.get("octets"),
    }


def main():
    parser = argparse.ArgumentParser(description="mailmethod beside django-post_office")
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--bulk", action="store_true", help="queue by mail.send_many")
    parser.add_argument("--program", type=Path, default=ROOT / "target/release/mailmethod")
    options = parser.parse_args()
    if not options.program.exists():
        sys.exit(f"{options.program} is not there: cargo build --release")
    options.program = options.program.resolve()

    sides = {"django-post_office": [], **{who: [] for who in OURS}}
    with tempfile.TemporaryDirectory(prefix="mailmethod-post-office-") as temporary:
        base = Path(temporary)
        base.chmod(0o755)
        subprocess.run([sys.executable, "-m", "venv", base / "venv"], check=True)
        pip = [base / "venv/bin/python", "-m", "pip", "--disable-pip-version-check"]
        subprocess.run([*pip, "install", "-q", "django-post_office"], check=True)
        listed = subprocess.run([*pip, "list"], check=True, text=True, stdout=subprocess.PIPE)
        versions = dict(re.findall(r"^(\S+) +(\S+)$", listed.stdout, re.MULTILINE))
        print(
            f"Django {versions['Django']}, django-post_office {versions['django-post_office']}, "
            f"Python {sys.version.split()[0]}; {options.mails} mails, {options.rounds} rounds"
        )
        for number in range(options.rounds):
            for who, results in sides.items():
                folder = base / f"{number}-{who}"
                folder.mkdir()
                if who == "django-post_office":
                    result = post_office(base / "venv/bin/python", folder, options)
                else:
                    result = mailmethod(options.program, folder, options, who)
                results.append(result)
                print(
                    f"round {number + 1}  {who:<27}  {result['all']:8.0f}/s   "
                    f"queued {result['queue']:8.0f}/s   sent {result['send']:8.0f}/s",
                    flush=True,
                )
                shutil.rmtree(folder)
    octets = sides["mailmethod"][0]["octets"]
    print(f"\none mail: {octets} octets; mails/s from the first queued to the last settled")
    medians = {}
    for who, results in sides.items():
        rates = [result["all"] for result in results]
        medians[who] = statistics.median(rates)
        print(f"{who:<27}  {medians[who]:8.0f}  ({min(rates):.0f} to {max(rates):.0f})")
    for who in OURS:
        ratios = [
            ours["all"] / theirs["all"]
            for theirs, ours in zip(sides["django-post_office"], sides[who])
        ]
        rounds = ", ".join(f"{ratio:.1f}" for ratio in ratios)
        median = statistics.median(ratios)
        print(f"{who}: median ratio {median:.1f} (the target is 30); of each round: {rounds}")


if __name__ == "__main__":
    main()
