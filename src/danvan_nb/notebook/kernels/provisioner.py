"""Kernels for unattended runs: forked from a warm process where the system can fork, ordinary ones elsewhere.

Uses what jupyter_client offers for it: a provisioner (entry point `danvan_fork`), a kernel manager and a client.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from pathlib import Path
from queue import Empty
from typing import Any

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import default

from danvan_nb.notebook.kernels import forkserver

# No history file (every report would write to one database), and no word about sockets that nobody else can reach.
ARGUMENTS = ["--HistoryManager.enabled=False", "--IPKernelApp.log_level=50"]
_numbers = itertools.count()


class ForkProvisioner(LocalProvisioner):
    """Start this interpreter's own kernel by a fork of the warm process; any other kernel as usual."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the kernel."""
        own = cmd[1:3] == ["-m", "ipykernel_launcher"] and os.path.realpath(
            cmd[0]
        ) == os.path.realpath(sys.executable)
        if not (own and forkserver.can_fork()):
            return await super().launch_kernel(cmd, **kwargs)
        cwd = str(kwargs.get("cwd") or Path.cwd())
        try:
            kernel = forkserver.ForkedKernel(cmd[3:], dict(kwargs.get("env") or os.environ), cwd)
        except (OSError, RuntimeError) as err:
            self.log.warning("No warm kernel (%s), an ordinary one does the same more slowly", err)
            return await super().launch_kernel(cmd, **kwargs)
        self.process = kernel  # type: ignore[assignment]  # the part of a Popen that the base class uses
        self.pid = self.pgid = kernel.pid
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """End the kernel, and wait the milliseconds that it takes rather than poll every 0.1 s."""
        await super().kill(restart)
        if self.process is not None:
            self.process.wait(2)


class ReadyClient(AsyncKernelClient):
    """The stock client waits an idle 0.2 s before its first cell; this one goes on when iopub shows its own request idle."""

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers on both channels."""
        end = time.monotonic() + (timeout or 60)
        while time.monotonic() < end:
            request = self.kernel_info()
            try:
                while (reply := await self.shell_channel.get_msg(timeout=1))["parent_header"].get(
                    "msg_id"
                ) != request:
                    pass
                while True:
                    message = await self.iopub_channel.get_msg(timeout=0.2)
                    if (
                        message["parent_header"].get("msg_id") == request
                        and message["content"].get("execution_state") == "idle"
                    ):
                        return self._handle_kernel_info_reply(reply)
            except Empty:
                if not await self.is_alive():
                    break
        raise RuntimeError("the kernel did not become ready")


class FastKernelManager(AsyncKernelManager):
    """Manage kernels over sockets in a private folder; the stock ones are ports, or files in the working directory."""

    client_class = f"{__name__}.ReadyClient"
    client_factory = ReadyClient

    @property
    def kernel_spec(self) -> KernelSpec | None:
        """Choose the provisioner per manager; jupyter's own variable for it is read once per process and then sticks."""
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
