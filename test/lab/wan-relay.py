"""Stands between two network interfaces as a long line does: wan-relay.py NEAR FAR DELAY_SECONDS LOSS RATE

Every Ethernet frame that arrives at one interface leaves at the other DELAY_SECONDS later, or, with the probability LOSS, never.
One leaves after the other: RATE is the number of bytes a second that the line carries each way, 0 one without a limit.
For kernels without netem. Prints a line once it relays.
"""

import heapq
import os
import random
import select
import socket
import sys
import time

ETH_P_ALL = 3
SOL_PACKET = 263
# Frames keep the header in which the kernel notes what is left to the hardware: checksums, and the cutting up of large segments.
PACKET_VNET_HDR = 15
LARGEST_FRAME = 70_000


def listen(interface):
    # Of no protocol until it is bound: else it takes in what passes every interface, and the relay sends that astray.
    packets = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    packets.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    packets.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 23)
    packets.bind((interface, ETH_P_ALL))
    packets.setblocking(False)
    return packets


def frames(packets):
    """The frames that have come in from outside since the last call."""
    while True:
        try:
            frame, address = packets.recvfrom(LARGEST_FRAME)
        except OSError:
            return  # There is none; or the interface is down for a moment, which is no end of the line.
        if address[2] != socket.PACKET_OUTGOING:
            yield frame


def relay(near, far, delay, loss, rate):
    other = {near: far, far: near}
    waiting = []  # a heap of (when due, number, where to, frame)
    number = 0
    free = {near: 0.0, far: 0.0}  # since when nothing is on its way into each
    while True:
        timeout = max(0, waiting[0][0] - time.monotonic()) if waiting else None
        for packets in select.select([near, far], [], [], timeout)[0]:
            for frame in frames(packets):
                if random.random() >= loss:
                    number += 1
                    to = other[packets]
                    free[to] = max(free[to], time.monotonic()) + (len(frame) / rate if rate else 0)
                    heapq.heappush(waiting, (free[to] + delay, number, to, frame))
        while waiting and waiting[0][0] <= time.monotonic():
            _, _, to, frame = heapq.heappop(waiting)
            try:
                to.send(frame)
            except OSError:
                pass  # The cable is out: lost, as on a real line.


if __name__ == "__main__":
    near, far, delay, loss, rate = sys.argv[1:]
    sockets = listen(near), listen(far)
    # In one piece: nobody reads on after the first, and an unbuffered print would be ended by its second.
    os.write(sys.stdout.fileno(), b"ready\n")
    relay(*sockets, float(delay), float(loss), float(rate))
