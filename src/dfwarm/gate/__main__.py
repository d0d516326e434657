"""`python -m dfwarm.gate`: the forced command of an ssh key, and the same door for this host's own questions."""

import os
import sys

from dfwarm.gate.door import main

status = main(sys.argv[1:])
sys.stdout.flush()
sys.stderr.flush()
os._exit(status)  # the asker waits for the end: what was remembered of a tree is not taken apart piece by piece
