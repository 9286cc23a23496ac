"""Makes `python -m conformance` start the command `conformance`."""

from conformance.cli import main

main()
