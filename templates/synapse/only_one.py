"""Keeps a second Synapse off the database. Rendered by matrix-deploy, used by patient_synapse.py.

Two at once would corrupt the database: each writes what it keeps in memory. So every Synapse that starts, by whatever
command, first takes an advisory lock of the database, and holds it by a connection of its own for as long as it runs.

When the database restarts, the lock is gone with the connection. That is no reason to end a Synapse that serves: it takes
the lock again, before anybody else can, and ends only where another one has it.
"""

import os
import select
import signal
import sys
import threading
import time

import psycopg2

# "matrixde" as a number: nothing else in this database takes advisory locks (element-hq/synapse has tables for its own).
LOCK = int.from_bytes(b"matrixde", "big")
# As long as the engine waits for the one before to end, and longer than the server takes to see that it is gone.
PATIENCE_SECONDS = 45
PAUSE_SECONDS = 0.1
# How much earlier than others who had the lock may take it, after the server's start.
HEAD_START_SECONDS = 1
# By these the server finds out within 20 seconds that a connection is dead.
OPTIONS = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
# Where the name that the service file has may be another container's.
HOST = {"host": os.environ["DATABASE_HOST"]} if "DATABASE_HOST" in os.environ else {}


def connect():
    connection = psycopg2.connect(
        service="synapse",
        **HOST,
        application_name="synapse: the only one",
        options=OPTIONS,
        keepalives_idle=5,
        keepalives_interval=5,
        keepalives_count=3,
    )
    connection.autocommit = True
    return connection


def has_lock(connection, head_start: float) -> bool:
    """Takes the lock where it is free, and the server has been there for so long."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT CASE WHEN now() - pg_postmaster_start_time() >= make_interval(secs => %s)"
            " THEN pg_try_advisory_lock(%s) ELSE false END",
            (head_start, LOCK),
        )
        return cursor.fetchone()[0]


def take_database() -> None:
    """
    Returns when this is the only Synapse on the database. Where the database cannot be reached it returns, too: Synapse
    says so itself.
    """
    begun = time.monotonic()
    told = False
    connection = None
    try:
        connection = connect()
        while not has_lock(connection, HEAD_START_SECONDS):
            waited = time.monotonic() - begun
            if waited > PATIENCE_SECONDS:
                sys.exit("another Synapse uses the database, and has not ended")
            if waited > HEAD_START_SECONDS and not told:
                print("waiting for another Synapse to leave the database", file=sys.stderr, flush=True)
                told = True
            time.sleep(PAUSE_SECONDS)
    except psycopg2.Error as error:
        print(f"the database is not locked yet: {first_line(error)}", file=sys.stderr, flush=True)
        connection = None
    threading.Thread(target=keep, args=[connection], daemon=True).start()


def keep(connection) -> None:
    """Holds the lock until the process ends."""
    while True:
        if connection is not None:
            wait_for_end(connection)
            print("the database has closed the connection that locks it", file=sys.stderr, flush=True)
        connection = take_again()


def wait_for_end(connection) -> None:
    """The server says nothing on this connection before it ends; what it says meanwhile is read and forgotten."""
    try:
        while True:
            select.select([connection], [], [])
            connection.poll()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
    except (psycopg2.Error, ValueError, OSError):
        pass


def take_again():
    """A connection that has the lock. Ends this Synapse where another one holds it."""
    taken_since = None
    while True:
        try:
            connection = connect()
            if has_lock(connection, 0):
                return connection
            connection.close()
            taken_since = taken_since or time.monotonic()
            if time.monotonic() - taken_since > PATIENCE_SECONDS:
                print("another Synapse has taken the database: this one ends", file=sys.stderr, flush=True)
                os.kill(os.getpid(), signal.SIGTERM)
                taken_since = None
        except psycopg2.Error:
            taken_since = None
        time.sleep(PAUSE_SECONDS)


def first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
