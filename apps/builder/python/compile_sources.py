"""Compiles every module below a folder, so that equal sources give equal bytes.

Arguments: the folder, the path under which it will be known, the number of processes.
What is interned while a file is compiled shows in the bytes of its code. So files are taken in batches of a fixed size and
order, each in a process forked from the same state, with hash seed 0. Files below `tests` are left to the interpreter:
they are half of a scientific stack and hardly ever imported. A file that does not compile is left out.
"""

import os
import py_compile
import resource
import sys
import warnings

BATCH = 50


def sources(root):
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in ("tests", "test", "__pycache__"))
        for name in sorted(files):
            if name.endswith(".py"):
                yield os.path.relpath(os.path.join(folder, name), root)


def compile_one(root, prefix, file):
    try:
        py_compile.compile(
            os.path.join(root, file),
            dfile=os.path.join(prefix, file),
            doraise=True,
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    except (py_compile.PyCompileError, SyntaxError, ValueError, RecursionError, MemoryError, OSError) as error:
        if isinstance(error, OSError) and error.errno == 28:
            os._exit(28)


def start(root, prefix, batch):
    child = os.fork()
    if child == 0:
        for file in batch:
            compile_one(root, prefix, file)
        os._exit(0)
    return child


def main():
    root, prefix, jobs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    warnings.simplefilter("ignore")
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    files = sorted(sources(root))
    waiting = [files[at : at + BATCH] for at in range(0, len(files), BATCH)]
    running = {}
    failed = []
    while waiting or running:
        while waiting and len(running) < jobs:
            batch = waiting.pop(0)
            running[start(root, prefix, batch)] = batch
        child, status = os.wait()
        batch = running.pop(child)
        if os.waitstatus_to_exitcode(status) == 28:
            sys.exit("No space left on device")
        if status != 0 and len(batch) > 1:
            waiting.extend([file] for file in batch)
        elif status != 0:
            failed.extend(batch)
    for file in failed:
        print("could not be compiled: " + file)


main()
