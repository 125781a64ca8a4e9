"""Becomes a command as systemd would start it: python3 as_service.py [--filter FILE] DESCRIPTOR… -- COMMAND…

The descriptors become 3, 4, …; LISTEN_PID is this process, which stays the same. --filter: JSON with the names of
the only system calls there are; any other ends the process.
"""

import ctypes
import json
import os
import sys

ALLOW, KILL_PROCESS = 0x7FFF0000, 0x80000000


def restrict(names):
    seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    filter_ = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(KILL_PROCESS)))
    for name in names:
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        if number >= 0:   # others exist on other machines
            assert seccomp.seccomp_rule_add(filter_, ctypes.c_uint32(ALLOW), number, 0) == 0, name
    assert seccomp.seccomp_load(filter_) == 0   # sets no_new_privs


def main(words):
    names = None
    if words[0] == "--filter":
        with open(words[1], encoding="utf-8") as file:
            names = json.load(file)
        words = words[2:]
    split = words.index("--")
    # Out of the way first: a number may be both a source and a goal.
    kept = [os.dup(int(word)) for word in words[:split]]
    high = [os.dup2(one, 100 + i) for i, one in enumerate(kept)]
    for i, one in enumerate(high):
        os.dup2(one, 3 + i, inheritable=True)
        os.close(one)
    if kept:
        os.environ["LISTEN_PID"] = str(os.getpid())
        os.environ["LISTEN_FDS"] = str(len(kept))
    command = words[split + 1:]
    if names is not None:
        restrict(names)
    os.execvp(command[0], command)


main(sys.argv[1:])
