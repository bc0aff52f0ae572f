"""A warm process that forks kernels: what every report imports is paid once.

Each report still has a process of its own. Owns the server (`python -m` with this module) and how
it is asked. Single-threaded until the fork: no socket of zmq and no event loop may exist in it. It
must not import papermill, whose scan of entry points would import this package again.
"""

import atexit
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
from collections.abc import Sequence
from typing import NoReturn

INLINE = "module://matplotlib_inline.backend_inline"
"""What a kernel sets itself, before anything of the user is imported."""
_lock = threading.Lock()
_servers: dict[int, str] = {}


def can_fork() -> bool:
    """Say whether kernels can be forked here."""
    return hasattr(os, "fork") and hasattr(socket, "AF_UNIX")


def start(once: bool = False) -> str:
    """Start this process's server unless it runs, without waiting; returns its private folder.

    With `once`, one kernel is all that will be wanted: the server becomes it, and there is no
    second copy of its memory.
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
        self.conn.connect(f"{start()}/server")
        self.conn.sendall(json.dumps([argv, env, cwd]).encode() + b"\n")
        # Sent when the kernel's sockets are bound: the client connects at the first try.
        answer = self.conn.recv(32)
        if not answer:
            raise RuntimeError("the kernel died while starting")
        self.pid = int(answer)

    def poll(self) -> int | None:
        """Give 1 if the kernel has ended; its real code is the server's."""
        return self.wait(0)

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end of the connection, which is the end of the process."""
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
        """End the kernel."""
        self.send_signal(signal.SIGKILL)


def _serve(number: int, folder: str, once: bool) -> None:
    """Fork a kernel for each request, or become the only one, until stdin ends with the owner."""
    _warm_up()
    listener = socket.socket(fileno=number)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        conn, _ = listener.accept()
        _reap()
        if once or os.fork() == 0:
            listener.close()
            _become_kernel(conn, folder if once else "")
        conn.close()
    shutil.rmtree(folder, ignore_errors=True)
    _reap()


def _reap() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _warm_up() -> None:
    """Import what the master's cells use, and draw one chart, so that its font is loaded."""
    import gc

    # A third of a kernel's start, and nobody debugs here.
    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]
    slow = ("ipykernel.kernelapp", "IPython.core.completerlib", "IPython.core.debugger")
    for name in (*slow, "IPython.extensions.storemagic"):
        importlib.import_module(name)
    from danvan_nb.figures import charts, tables  # noqa: F401
    from danvan_nb.figures.drawing import sheet
    from danvan_nb.report import report  # noqa: F401

    sheet.warm_up()
    gc.freeze()  # a collection in a kernel leaves the shared pages alone


def _become_kernel(conn: socket.socket, folder: str) -> NoReturn:
    """Run a kernel until its client or the owner is gone; the only one removes the folder."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()  # a group of its own: interrupt and kill stay inside
    owner = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    argv, env, cwd = json.loads(conn.makefile().readline())
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    import numpy

    numpy.random.seed()  # `random` reseeds itself after a fork, numpy does not
    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize(argv)
    conn.sendall(b"%d\n" % os.getpid())

    def leave_with_client() -> None:
        select.select([conn.fileno(), owner], [], [])
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=leave_with_client, daemon=True).start()
    app.start()
    os._exit(0)


if __name__ == "__main__":
    del sys.path[0]  # `-m` put the folder of the start there; a kernel has none
    _serve(int(sys.argv[1]), sys.argv[2], "once" in sys.argv[3:])
