"""Invitations from servers that are known, and from no others. Rendered by matrix-deploy.

A module of Synapse, loaded where `synapse.invites.from` of matrix.yaml is `known-servers`. A server is known when it
is named there, or when one of its users is in a room with a user of this server.
"""

import time

from synapse.module_api import NOT_SPAM, ModuleApi, errors

# Each look goes through the members of all rooms: somebody who invites all the time must not make it the main work.
# So after a look the next one waits for so many times as long as it took.
PAUSE_FACTOR = 20

SERVERS = """
    SELECT DISTINCT substring(member.state_key FROM position(':' IN member.state_key) + 1)
    FROM current_state_events AS member
    INNER JOIN (
        SELECT DISTINCT room_id FROM local_current_membership WHERE membership = 'join'
    ) AS own USING (room_id)
    WHERE member.type = 'm.room.member' AND member.membership = 'join'
"""


def select_servers(transaction) -> frozenset:
    transaction.execute(SERVERS)
    return frozenset(server for (server,) in transaction)


class KnownServers:
    def __init__(self, config: dict, api: ModuleApi):
        self.api = api
        self.named = frozenset(config["servers"])
        self.met = frozenset()
        self.next_look = float("-inf")
        api.register_spam_checker_callbacks(federated_user_may_invite=self.may_invite)

    @staticmethod
    def parse_config(config: dict) -> dict:
        return config

    async def may_invite(self, event):
        """Asked of each invitation that comes from another server."""
        server = event.sender.partition(":")[2]
        if server in self.named or await self.has_met(server):
            return NOT_SPAM
        return errors.Codes.FORBIDDEN

    async def has_met(self, server: str) -> bool:
        begun = time.monotonic()
        if server not in self.met and begun >= self.next_look:
            # One at a time.
            self.next_look = float("inf")
            try:
                self.met = await self.api.run_db_interaction("known_servers", select_servers)
            finally:
                ended = time.monotonic()
                self.next_look = ended + PAUSE_FACTOR * (ended - begun)
        return server in self.met
