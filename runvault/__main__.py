"""`python -m runvault`."""

from runvault.cli import main

main()
