"""`python -m dfwarm.gate`: the forced command of an ssh key, and the same door for this host's own questions."""

import sys

from dfwarm.gate.door import main

sys.exit(main(sys.argv[1:]))
