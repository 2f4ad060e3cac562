"""Fan-out through `concurrent.futures.Executor`: in this process, in worker processes, or on a dask cluster."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import connection
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any, TypeVar

from kpi_xl.errors import KpiError, Text

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


class InlineExecutor(Executor):
    """Runs each call at once in this process: for one worker, and for small jobs where starting processes would cost more."""

    def submit(self, fn: Callable[..., _Result], /, *args: object, **kwargs: object) -> Future[_Result]:
        """Call `fn` now and return a finished future."""
        future: Future[_Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def open_executor(workers: int | None, scheduler: str | None, tasks: int) -> Iterator[Executor]:
    """Open the executor that suits the job; `workers` None: one per processor, and none at all for a single task.

    Raises KpiError when a scheduler is named but `dask.distributed` is absent or the scheduler does not answer.
    """
    if scheduler:
        with _cluster(scheduler) as executor:
            yield executor
        return
    count = workers if workers is not None else (os.cpu_count() or 1)
    if count <= 1 or tasks <= 1:
        yield InlineExecutor()
        return
    context = _Context()
    with ProcessPoolExecutor(min(count, tasks), context, initializer=_begin) as executor:
        try:
            yield executor
        except BaseException:  # Ctrl-C above all: nobody waits for what has begun; files are put in place whole
            for worker in context.workers:
                if worker.is_alive():
                    worker.terminate()
            raise


class _Worker(SpawnProcess):
    """A worker that does not hear of Ctrl-C, which the terminal sends it too: it would print a traceback. Its parent ends it."""

    def start(self) -> None:
        """Start with the interrupt held back, as the new process then has it from its first line on; Windows cannot do that."""
        if not hasattr(signal, "pthread_sigmask"):
            super().start()
            return
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Context(SpawnContext):
    """Spawn, not fork: DuckDB's threads of this process must not be copied into the workers. Keeps the workers that it makes."""

    def __init__(self) -> None:
        super().__init__()
        self.workers: list[_Worker] = []

    def Process(self, *args: Any, **kwargs: Any) -> _Worker:  # type: ignore[override]  # noqa: N802, ANN401 - as the pool calls it
        worker = _Worker(*args, **kwargs)
        self.workers.append(worker)
        return worker


def _begin() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Windows only from here on
    _end_with_the_parent()


def _end_with_the_parent() -> None:
    """Watch the parent from a worker and stop with it: a parent that was killed can tell nobody, and the pool waits for ever."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)  # the main thread may be deep in a file; files are put in place whole, so nothing is left half written

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError:
        raise KpiError(
            Text("要使用 --scheduler，需要安装 dask.distributed", "--scheduler needs dask.distributed"),
            Text(
                '请运行 pip install "kpi-xl[cluster]"，或去掉 --scheduler',
                'run pip install "kpi-xl[cluster]", or leave --scheduler out',
            ),
        ) from None
    try:
        client = Client(address, timeout="15s")
    except (OSError, ValueError, TimeoutError) as error:
        raise KpiError(
            Text(f"连不上调度器 {address}：{error}", f"cannot reach the scheduler {address}: {error}"),
            Text("请检查地址与网络，或去掉 --scheduler 在本机运行", "check the address, or leave --scheduler out to run here"),
        ) from None
    with client:
        yield client.get_executor()


def run_bounded(
    executor: Executor, function: Callable[[_Item], _Result], items: Iterable[_Item], in_flight: int
) -> Iterator[tuple[_Item, Future[_Result]]]:
    """Submit lazily, at most `in_flight` at a time, so that memory does not grow with the number of people.

    Yields each item with its finished future, in the order of finishing.
    """
    pending: dict[Future[_Result], _Item] = {}
    source = iter(items)
    exhausted = False
    while pending or not exhausted:
        while not exhausted and len(pending) < in_flight:
            try:
                item = next(source)
            except StopIteration:
                exhausted = True
                break
            pending[executor.submit(function, item)] = item
        if pending:
            future = next(as_completed(pending))
            yield pending.pop(future), future
