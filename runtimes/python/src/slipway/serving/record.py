"""The record by which a deployer finds a replica again after its own restart."""

from __future__ import annotations

import json
import os

from slipway.settings import Settings


def start_ticks(pid: int) -> int:
    """The start time of a process in clock ticks since boot: field 22 of /proc/<pid>/stat."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        text = file.read()
    # the name of the program, field 2, may itself hold blanks and brackets
    return int(text.rpartition(")")[2].split()[19])


def boot_id() -> str:
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def write_record(settings: Settings, port: int) -> None:
    """Writes the record in one step, so that a reader sees all of it or nothing."""
    record = {
        "id": settings.replica,
        "pid": os.getpid(),
        "startTicks": start_ticks(os.getpid()),
        "bootId": boot_id(),
        "port": port,
        "imageDigest": settings.image_digest,
        "revision": settings.revision,
    }
    temporary = f"{settings.record_file}.{os.getpid()}.tmp"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(record, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, settings.record_file)
