"""The socket between supervisor and worker: one message a packet, the first byte says what it is.

A packet socket keeps messages whole although threads and forked children of the user's code write at the same time.
"""

from __future__ import annotations

import socket

# from the worker
BEAT = b"B"  # the process can still act
READY = b"R"  # init() has returned
STUCK = b"S"  # run() passed the scoring timeout: a replacement is wanted; the rest of the packet says why
RETIRED = b"X"  # nothing is left to do after RETIRE
LOG = b"L"  # the rest of the packet is one JSON log line without its newline

# from the supervisor
LISTEN = b"l"  # no other worker answers any more: take connections although init() has not returned
DRAIN = b"d"  # stop listening, finish what is in flight, exit 0
RETIRE = b"r"  # a replacement is ready: stop listening, hand waiting requests over

MAX_PACKET = 160 * 1024


def pair() -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    return ours, theirs
