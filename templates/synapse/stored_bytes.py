"""Bounds what Synapse keeps for one user, and reads all at once. Rendered by matrix-deploy, used by patient_synapse.py.

By itself Synapse keeps any amount of account data, tags and push rules, which are all in the first answer to `/sync`; of
pushers, which stay in its memory; and of keys in a backup of keys.
"""

import inspect
import json
import os
import sys

from synapse.api.errors import Codes, SynapseError
from synapse.handlers.e2e_room_keys import E2eRoomKeysHandler
from synapse.storage.databases.main import DataStore

from synapse_adjustments import adjust
from turns import Turns

# With some thousand rooms, a user has one or two MiB.
USER_BYTES = 8 * 2**20
# What Python needs for an entry beside its content.
ENTRY_BYTES = 200
# Of a backup of keys in one answer, which takes up to six times as much to make. A key has half a kilobyte.
KEYS_BYTES = int(os.environ.get("UNTAKEN_ANSWER_BYTES", 2**29)) // 4

turns = Turns()
# By user: no less than what is stored.
stored: dict[str, int] = {}

# Of a user: all but one entry, and that one.
SIZES = f"""
    SELECT COALESCE(SUM(size) FILTER (WHERE NOT is_one), 0), COALESCE(SUM(size) FILTER (WHERE is_one), 0) FROM (
        SELECT OCTET_LENGTH(content) + OCTET_LENGTH(name) + {ENTRY_BYTES} AS size,
            name = ? AND room_id IS NOT DISTINCT FROM ? AS is_one
        FROM (
            SELECT NULL AS room_id, account_data_type AS name, content FROM account_data WHERE user_id = ?
            UNION ALL
            SELECT room_id, account_data_type, content FROM room_account_data WHERE user_id = ?
            UNION ALL
            SELECT room_id, 'tag ' || tag, content FROM room_tags WHERE user_id = ?
            UNION ALL
            SELECT NULL, 'push rule ' || rule_id, conditions || actions FROM push_rules WHERE user_name = ?
            UNION ALL
            SELECT NULL, 'pusher ' || app_id || ' ' || pushkey, data FROM pushers WHERE user_name = ?
        ) AS entries
    ) AS sizes
"""


async def make_sure_of_room(store, user_id: str, room_id: str | None, name: str, content) -> None:
    """Counts what is to be stored; raises an error where it would be too much. To be called in the user's turn."""
    size = len(json.dumps(content, default=repr)) + len(name.encode()) + ENTRY_BYTES
    if stored.get(user_id, USER_BYTES) + size > USER_BYTES:

        def sizes(txn) -> tuple[int, int]:
            txn.execute(SIZES, (name, room_id, *[user_id] * 5))
            return txn.fetchone()

        others, before = await store.db_pool.runInteraction("size_of_entries", sizes)
        # What has become too large, before there was this bound, may become smaller.
        if others + size > USER_BYTES and size > before:
            raise SynapseError(413, f"Your account would keep more than {USER_BYTES} bytes", Codes.TOO_LARGE)
        stored[user_id] = int(others)
    stored[user_id] += size


def bounded(entry_of):
    """For a method that stores an entry of a user, given what that is: room, name, content."""

    def adjusted(add):
        signature = inspect.signature(add)
        needed = {"user_id", *inspect.signature(entry_of).parameters} - {"others"}
        if not needed <= set(signature.parameters):
            print(f"{add.__qualname__} has other parameters, and is not bounded", file=sys.stderr, flush=True)
            return add

        async def add_bounded(store, *arguments, **options):
            call = signature.bind(store, *arguments, **options)
            call.apply_defaults()
            given = call.arguments
            async with turns.of(given["user_id"]):
                await make_sure_of_room(store, given["user_id"], *entry_of(**given))
                return await add(store, *arguments, **options)

        return add_bounded

    return adjusted


def account_data(account_data_type, content, **others):
    return others.get("room_id"), account_data_type, content


def tag(room_id, tag, content, **others):
    return room_id, f"tag {tag}", content


def push_rule(rule_id, actions, **others):
    return None, f"push rule {rule_id}", [others.get("conditions"), actions]


def pusher(app_id, pushkey, data, **others):
    return None, f"pusher {app_id} {pushkey}", data


SIZE_OF_KEYS = """
    SELECT COALESCE(SUM(OCTET_LENGTH(session_data)), 0) FROM e2e_room_keys
    WHERE user_id = ? AND version = ? AND (room_id = ? OR ? IS NULL)
"""


def bounded_backup(get):
    async def get_room_keys(handler, user_id, version, room_id=None, session_id=None):
        def size_of_keys(txn) -> int:
            txn.execute(SIZE_OF_KEYS, (user_id, int(version), room_id, room_id))
            return txn.fetchone()[0]

        async with turns.of(user_id):
            if session_id is None and version.isdecimal():
                size = await handler.store.db_pool.runInteraction("size_of_room_keys", size_of_keys)
                if size > KEYS_BYTES:
                    raise SynapseError(413, "There are too many keys for one answer", Codes.TOO_LARGE)
            return await get(handler, user_id, version, room_id, session_id)

    return get_room_keys


adjust(DataStore, "add_account_data_for_user", bounded(account_data))
adjust(DataStore, "add_account_data_to_room", bounded(account_data))
adjust(DataStore, "add_tag_to_room", bounded(tag))
adjust(DataStore, "add_push_rule", bounded(push_rule))
adjust(DataStore, "set_push_rule_actions", bounded(push_rule))
adjust(DataStore, "add_pusher", bounded(pusher))
adjust(E2eRoomKeysHandler, "get_room_keys", bounded_backup)
