"""The process of ``read_apart``. It imports what reads the file and nothing else."""

import sys

from canteen.base.apart import answer

answer(int(sys.argv[1]), int(sys.argv[2]))
