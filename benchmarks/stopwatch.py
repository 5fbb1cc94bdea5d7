"""Starts processes and says what they took. A process of its own, as small as can be.

What a process counts as its peak memory includes what its parent had when it was started, so that the parent must be
small; the one that holds the frozen index is not.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time

if __name__ == "__main__":
    for line in sys.stdin:
        task = json.loads(line)
        with open(task["output"], "wb") as output:  # noqa: PTH123 - pathlib would make this process larger
            started = time.monotonic()
            process = subprocess.Popen(
                task["argv"],
                env=task["environment"],
                cwd=task["directory"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            late = threading.Timer(task["seconds"], os.killpg, (process.pid, signal.SIGKILL))
            late.start()
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.monotonic() - started
            late.cancel()
        answer = {
            "code": os.waitstatus_to_exitcode(status),
            "seconds": seconds,
            "user": usage.ru_utime,
            "system": usage.ru_stime,
            "peak": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
        }
        print(json.dumps(answer), flush=True)
