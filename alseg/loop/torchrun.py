"""Run torchrun without its own error page when it is asked to end; the process that started it reports."""

from __future__ import annotations

import logging
import os
import sys

from torch.distributed.elastic.multiprocessing import SignalException
from torch.distributed.run import main

if __name__ == "__main__":
    for part in ("agent.server", "multiprocessing"):
        logging.getLogger(f"torch.distributed.elastic.{part}.api").setLevel(logging.ERROR)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # as torchrun does itself, with four lines about it
    try:
        main(sys.argv[1:])
    except SignalException as end:  # its ranks have ended by now
        sys.exit(128 + end.sigval)
