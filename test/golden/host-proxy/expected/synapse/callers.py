"""Where a request may come from. Rendered by matrix-deploy, used by synapse_adjustments.py.

Every user of the host reaches this container past the proxy, and could name any address as the client's. So a request
from the host must bear a key, which only matrix-deploy derives. The proxy is a container, and needs none.
"""

import hashlib
import hmac
import ipaddress
import socket
import sys

HEADER = b"x-matrix-deploy-key"


def key_of(registration_secret: str) -> str:
    """What matrix-deploy derives in the same way (src/matrix/caller-headers.ts)."""
    purpose = b"matrix-deploy: requests from the host"
    return hmac.new(registration_secret.encode(), purpose, hashlib.sha256).hexdigest()


def is_container(address: str, routes: str) -> bool:
    """Is it this container, or another one on a network of this one? `routes` is the text of /proc/net/route."""
    peer = ipaddress.ip_address(address)
    networks, gateways = {}, {}
    for line in routes.splitlines()[1:]:
        device, destination, gateway, *_, mask = line.split()[:8]
        if int(gateway, 16) == 0:
            networks[device] = ipaddress.ip_network((ipv4(destination), ipv4(mask)))
        else:
            gateways[device] = ipaddress.ip_address(ipv4(gateway))
    # The host is the gateway. Where no route names one, the engine would give it the first address.
    return peer.is_loopback or any(
        peer in network and peer != gateways.get(device, network.network_address + 1)
        for device, network in networks.items()
    )


def ipv4(word: str) -> str:
    """An address as the kernel writes it there: its four bytes as a number of this machine."""
    return socket.inet_ntoa(int(word, 16).to_bytes(4, sys.byteorder))
