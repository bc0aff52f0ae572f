"""A warm process that forks kernels: what every report imports is paid once.

Each report still has a process of its own, and a guard above it that outlives it and leaves nothing
of what it started. Owns the server (`python -m` with this module) and how it is asked.
Single-threaded until the fork: no socket of zmq and no event loop may exist in it. It must not
import papermill, whose scan of entry points would import this package again.
"""

import atexit
import ctypes
import importlib
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

INLINE = "module://matplotlib_inline.backend_inline"
"""What a kernel sets itself, before anything of the user is imported."""
START_SECONDS = 120
"""So long a kernel may take to start, on a machine with much else to do."""
LOOK_SECONDS = 0.1
"""So often a guard looks whether its kernel ended by itself."""
SLOW = (
    *("danvan_nb.notebook.kernels.fence", "ipykernel.debugger", "ipykernel.kernelapp"),
    *("IPython.core.completerlib", "IPython.core.debugger", "IPython.core.oinspect"),
    *("IPython.extensions.storemagic", "tornado.platform.asyncio", "tornado.queues"),
)
"""What a kernel would import when it begins."""
NEW_OBJECTS = 50_000
"""Between two collections: Python's own 700 took 6 % of a report's time."""
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # prctl(2)
_lock = threading.Lock()
_servers: dict[int, str] = {}


def can_fork() -> bool:
    """Say whether kernels can be forked here."""
    return hasattr(os, "fork") and hasattr(socket, "AF_UNIX")


def start(once: bool = False) -> str:
    """Start this process's server unless it runs, without waiting; returns its private folder.

    With `once`, one kernel is all that will be wanted: the server becomes its guard and ends with
    it, so that its memory is free again.
    """
    with _lock:
        if os.getpid() not in _servers:  # a forked copy of this process starts its own
            _servers[os.getpid()] = _start_server(once)
        return _servers[os.getpid()]


def _start_server(once: bool) -> str:
    """Start a server; its open stdin says that we are alive."""
    folder = tempfile.mkdtemp(prefix="danvan-")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(f"{folder}/server")
        listener.listen(64)
        number = listener.fileno()
        command = [sys.executable, "-m", __name__, str(number), folder, *(["once"] if once else [])]
        env = {**os.environ, "MPLBACKEND": os.environ.get("MPLBACKEND", INLINE)}
        process = subprocess.Popen(  # noqa: S603 - this interpreter, and nothing of the user
            command, stdin=subprocess.PIPE, pass_fds=[number], env=env
        )
    # The last one runs first, closes its stdin and waits: no process and no folder outlives us.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(process.communicate)
    return folder


class ForkedKernel:
    """What jupyter_client uses of `subprocess.Popen`, over the connection to a forked kernel."""

    stdin = stdout = stderr = returncode = None

    def __init__(self, argv: Sequence[str], env: dict[str, str], cwd: str) -> None:
        self.conn = socket.socket(socket.AF_UNIX)
        self.conn.settimeout(START_SECONDS)
        try:
            self.conn.connect(f"{start()}/server")
            self.conn.sendall(json.dumps([argv, env, cwd]).encode() + b"\n")
            # Sent when the kernel's sockets are bound: the client connects at the first try.
            self.pid = int(self.conn.recv(32))
        except (OSError, ValueError) as err:
            self.conn.close()
            raise RuntimeError("it died while starting, or there is no server") from err

    def poll(self) -> int | None:
        """Give 1 if the kernel has ended; its real code is the server's."""
        return self.wait(0)

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end of the connection: the guard's, when nothing is left of the kernel."""
        if self.returncode is None and select.select([self.conn], [], [], timeout)[0]:
            self.conn.close()
            self.returncode = 1
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal."""
        os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Have the guard end the kernel and all that it started."""
        with suppress(OSError):  # it has done so
            self.conn.shutdown(socket.SHUT_WR)


def _serve(number: int, folder: str, once: bool) -> None:
    """Guard a kernel for each request, or the only one, until stdin ends with the owner."""
    _warm_up()
    listener = socket.socket(fileno=number)
    for number in (signal.SIGINT, signal.SIGTERM):  # guards outlive what they guard
        signal.signal(number, signal.SIG_IGN)
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        conn, _ = listener.accept()
        _reap()
        if once or os.fork() == 0:
            listener.close()
            _guard(conn)
            if not once:
                os._exit(0)
            break
        conn.close()
    if select.select([sys.stdin], [], [], LOOK_SECONDS)[0]:  # else the owner goes on, and needs it
        shutil.rmtree(folder, ignore_errors=True)
    _reap()


def _reap() -> bool:
    """Take note of children that ended; says whether there are others."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False


def _guard(conn: socket.socket) -> None:
    """Fork a kernel, and leave nothing of it when it ends, or when its client does."""
    request = conn.makefile().readline()
    _prctl(PR_SET_CHILD_SUBREAPER, 1)  # what detaches itself from the kernel stays below this one
    kernel = os.fork()
    if kernel == 0:
        _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        _become_kernel(conn, request)
    while not select.select([conn], [], [], LOOK_SECONDS)[0]:
        if os.waitpid(kernel, os.WNOHANG)[0]:
            break
    for end in (os.killpg, os.kill):  # its group, or itself where it came to none yet
        with suppress(ProcessLookupError):
            end(kernel, signal.SIGKILL)
    while _reap():
        for pid in _children():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.001)


def _children() -> list[int]:
    """List this process's children, where the system says them."""
    with suppress(OSError):
        return [*map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())]
    return []


def _prctl(option: int, value: int) -> None:
    """Ask Linux for what other systems do not have."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def _warm_up() -> None:
    """Import what the master's cells use, and draw one chart, so that its font is loaded."""
    import gc

    # A third of a kernel's start, and nobody debugs here.
    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]
    for name in SLOW:
        importlib.import_module(name)
    from danvan_nb.errors import messages
    from danvan_nb.figures import charts, tables  # noqa: F401
    from danvan_nb.figures.drawing import sheet
    from danvan_nb.report import report  # noqa: F401

    messages()
    sheet.warm_up()
    gc.freeze()  # a collection in a kernel leaves the shared pages alone
    gc.set_threshold(NEW_OBJECTS)


def _become_kernel(conn: socket.socket, request: str) -> NoReturn:
    """Run a kernel until its guard ends it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.setsid()  # a group of its own: interrupt and kill stay inside
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):  # what it says goes into the notebook, not on the screen
        os.dup2(nothing, stream)
    argv, env, cwd = json.loads(request)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    import numpy

    numpy.random.seed()  # `random` reseeds itself after a fork, numpy does not
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize(argv)
    conn.sendall(b"%d\n" % os.getpid())
    conn.close()
    app.start()
    os._exit(0)


if __name__ == "__main__":
    del sys.path[0]  # `-m` put the folder of the start there; a kernel has none
    _serve(int(sys.argv[1]), sys.argv[2], "once" in sys.argv[3:])
