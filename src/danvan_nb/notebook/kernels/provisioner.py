"""Kernels for unattended runs: forked from a warm process where the system can, ordinary elsewhere.

Uses what jupyter_client offers for it: a provisioner (entry point `danvan_fork`), a kernel manager
and a client.
"""

import itertools
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

import psutil
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import default

from danvan_nb.errors import Issue, NotebookError
from danvan_nb.notebook.kernels import fence, forkserver
from danvan_nb.project.models import STANDARD

# No history file (every report would write to one database), and no word about sockets that nobody
# else can reach.
ARGUMENTS = ("--HistoryManager.enabled=False", "--IPKernelApp.log_level=50")
END_SECONDS = 5
"""So long an end is waited for; a process that the system itself holds may take longer."""
_numbers = itertools.count()


class ForkProvisioner(LocalProvisioner):
    """Start this interpreter's own kernel by a fork of the warm process; any other as usual."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel."""
        is_ours = os.path.realpath(cmd[0]) == os.path.realpath(sys.executable)
        is_kernel = cmd[1:3] == ["-m", "ipykernel_launcher"]
        kwargs["stdout"] = kwargs["stderr"] = subprocess.DEVNULL  # all it says goes to the notebook
        if not (is_ours and is_kernel and forkserver.can_fork()):
            return await super().launch_kernel(cmd, **kwargs)
        cwd = str(kwargs.get("cwd") or Path.cwd())
        try:
            kernel = forkserver.ForkedKernel(cmd[3:], dict(kwargs.get("env") or os.environ), cwd)
        except RuntimeError as err:
            self.log.warning("No warm kernel (%s), an ordinary one does the same more slowly", err)
            return await super().launch_kernel(cmd, **kwargs)
        self.process = kernel  # type: ignore[assignment]  # the part of a Popen that the base class uses
        self.pid = self.pgid = kernel.pid
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and what it started, and wait the milliseconds that it takes."""
        if isinstance(self.process, forkserver.ForkedKernel):
            self.process.kill()
        else:
            for child in family_of(self.pid)[1:]:
                with suppress(psutil.Error):
                    child.kill()
            await super().kill(restart)
        if self.process is not None:
            self.process.wait(END_SECONDS)


def family_of(pid: int | None) -> list[psutil.Process]:
    """List a process and everything below it, as far as they are there."""
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    return []


class ReadyClient(AsyncKernelClient):
    """Go on when iopub shows our own request idle; the stock client waits an idle 0.2 s first."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers on both channels."""
        end = time.monotonic() + (timeout or 60)
        while time.monotonic() < end:
            request = self.kernel_info()
            try:
                reply = await self._next(self.shell_channel, request, timeout=1)
                state = None
                while state != "idle":
                    message = await self._next(self.iopub_channel, request, timeout=0.2)
                    state = message["content"].get("execution_state")
                return self._handle_kernel_info_reply(reply)
            except Empty:
                if not await self.is_alive():
                    break
        raise NotebookError(Issue.of("nhan"))

    @staticmethod
    async def _next(channel: Any, request: str, timeout: float) -> Any:
        """Get the next message of a channel that answers a request."""
        while True:
            message = await channel.get_msg(timeout=timeout)
            if message["parent_header"].get("msg_id") == request:
                return message


class FastKernelManager(AsyncKernelManager):
    """Manage kernels over sockets in a private folder.

    The stock ones are ports, or files in the working directory.
    """

    client_class = f"{__name__}.ReadyClient"
    client_factory = ReadyClient

    @property
    def kernel_spec(self) -> KernelSpec | None:
        """Choose the provisioner per manager; jupyter's variable for it is read once a process."""
        spec = super().kernel_spec
        if spec is not None:
            spec.metadata.setdefault("kernel_provisioner", {"provisioner_name": "danvan_fork"})
        return spec

    @default("transport")
    def _default_transport(self) -> str:
        return "ipc" if forkserver.can_fork() else "tcp"

    @default("ip")
    def _default_ip(self) -> str:
        return f"{forkserver.start()}/{next(_numbers)}" if self.transport == "ipc" else "127.0.0.1"


def client_options(memory_mb: int = STANDARD.memory_mb, outputs: str = "") -> dict[str, Any]:
    """Give what makes nbclient use these kernels, fenced in as `fence.put_up` says.

    They hold nothing that must be written when they end, so they are not asked politely: saves
    0.3 s. A busy machine may be late with an output; one that waits for nothing is looked at often.
    """
    put_up = f"__import__({fence.__name__!r}, fromlist=['']).put_up({outputs!r}, {memory_mb})"
    arguments = [*ARGUMENTS, f"--IPKernelApp.exec_lines={[put_up]}"]
    ending = {"shutdown_kernel": "immediate", "shell_timeout_interval": 1, "iopub_timeout": 60}
    return {"kernel_manager_class": FastKernelManager, "extra_arguments": arguments, **ending}
