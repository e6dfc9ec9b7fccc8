"""Connects to a mail server from where Synapse does, and sends a message if there is one.

Read from standard input by Python in Synapse's container, behind a line that sets MAIL: host, port, tls (starttls,
implicit, none), user and password or null, seconds (of each step), and message or null: sender, from, to, subject, text.
Writes one line of JSON: the last step that was begun, and the failure that it ended with, or null. Nothing that is
written has the password in it. Synapse sends through Twisted; this is Python's own library, which tells failures apart.
"""

import base64
import errno
import json
import smtplib
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

mail = MAIL
HOST, PORT, SECONDS = mail["host"], mail["port"], mail["seconds"]
OTHER_PORTS = [port for port in (587, 465, 25) if port != PORT]
NAME_FAILURES = {socket.EAI_NONAME: "EAI_NONAME", socket.EAI_NODATA: "EAI_NODATA", socket.EAI_AGAIN: "EAI_AGAIN"}
seen = {"step": "resolve", "tls": None, "loggedIn": False, "failure": None, "openPorts": []}


class Refused(Exception):
    """The server has answered a command with no."""

    def __init__(self, reply):
        super().__init__()
        self.reply = reply


def connect(port, seconds):
    """A connection to the first address that takes one; else raises what came of the one that came furthest."""
    failures = []
    for family, kind, protocol, _, address in socket.getaddrinfo(HOST, port, type=socket.SOCK_STREAM):
        connection = socket.socket(family, kind, protocol)
        connection.settimeout(seconds)
        try:
            connection.connect(address)
            connection.settimeout(SECONDS)
            return connection
        except OSError as error:
            connection.close()
            failures.append(error)
    # A container often has no IPv6: that says nothing of the server.
    failures.sort(key=lambda error: error.errno in (errno.ENETUNREACH, errno.EADDRNOTAVAIL))
    raise failures[0]


def is_open(port):
    try:
        connect(port, min(SECONDS, 3)).close()
        return True
    except OSError:
        return False


def encryption():
    context = ssl.create_default_context()
    # Synapse's library is not that strict about what CAs write into certificates.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


class Session(smtplib.SMTP):
    """A session on a connection that is there already."""

    def __init__(self, connection):
        self.connection = connection
        super().__init__(HOST, PORT, timeout=SECONDS)

    def _get_socket(self, host, port, timeout):
        return self.connection


def expect(reply, *codes):
    if reply[0] not in codes:
        raise Refused(reply)


def begin(step):
    seen["step"] = step


def run():
    connection = open_connection()
    begin("greeting")
    session = Session(connection)
    session.ehlo_or_helo_if_needed()
    if mail["tls"] == "starttls":
        begin("starttls")
        if not session.has_extn("starttls"):
            raise smtplib.SMTPNotSupportedError()
        begin("tls")
        expect(session.starttls(context=encryption()), 220)
        seen["tls"] = session.sock.version()
        session.ehlo_or_helo_if_needed()
    if mail["user"] is not None:
        begin("login")
        log_in(session, mail["user"], mail["password"])
        seen["loggedIn"] = True
    if mail["message"] is not None:
        send(session, mail["message"])
    begin("done")
    session.close()


def log_in(session, user, password):
    if f"{user}{password}".isascii():
        session.login(user, password)
    else:
        # As Synapse does; the library takes ASCII only.
        token = base64.b64encode(f"\0{user}\0{password}".encode()).decode()
        expect(session.docmd("AUTH", f"PLAIN {token}"), 235)


def open_connection():
    socket.getaddrinfo(HOST, PORT, type=socket.SOCK_STREAM)
    begin("connect")
    try:
        connection = connect(PORT, min(SECONDS, 6))
    except OSError:
        with ThreadPoolExecutor() as pool:
            opened = list(pool.map(is_open, OTHER_PORTS))
        seen["openPorts"] = [port for port, is_one in zip(OTHER_PORTS, opened) if is_one]
        raise
    if mail["tls"] != "implicit":
        return connection
    begin("tls")
    secured = encryption().wrap_socket(connection, server_hostname=HOST)
    seen["tls"] = secured.version()
    return secured


def send(session, given):
    message = EmailMessage()
    message["From"] = given["from"]
    message["To"] = given["to"]
    message["Subject"] = given["subject"]
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=given["sender"].rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(given["text"])
    begin("sender")
    expect(session.mail(given["sender"]), 250)
    begin("recipient")
    expect(session.rcpt(given["to"]), 250, 251)
    begin("message")
    expect(session.data(message.as_bytes()), 250)


def describe(error):
    """A failure as its kind, what a server has replied, and what the system or OpenSSL calls it."""
    code, text = None, str(error)
    if isinstance(error, Refused):
        kind, (code, text) = "reply", error.reply
    elif isinstance(error, smtplib.SMTPResponseException):
        kind, code, text = "reply", error.smtp_code, error.smtp_error
    elif isinstance(error, smtplib.SMTPServerDisconnected):
        # The library says so of a wait that is over, too.
        kind = "timeout" if isinstance(error.__context__, TimeoutError) else "closed"
    elif isinstance(error, smtplib.SMTPException):
        kind = "not-offered"
    elif isinstance(error, ssl.SSLCertVerificationError):
        kind, code, text = "certificate", error.verify_code, error.verify_message
    elif isinstance(error, ssl.SSLError):
        kind, text = "tls", error.reason or str(error)
    elif isinstance(error, socket.gaierror):
        kind, text = "name", NAME_FAILURES.get(error.errno, str(error))
    elif isinstance(error, TimeoutError):
        kind = "timeout"
    else:
        kind, text = "system", errno.errorcode.get(error.errno, str(error))
    text = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if mail["password"]:
        text = text.replace(mail["password"], "[password]")
    return {"kind": kind, "code": code, "text": " ".join(text.split())[:400]}


try:
    run()
except (OSError, smtplib.SMTPException, Refused) as error:
    seen["failure"] = describe(error)
print(json.dumps(seen))
