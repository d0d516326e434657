"""`python -m dfwarm` is `dfwarm`."""

from dfwarm.cli.main import main

main()
