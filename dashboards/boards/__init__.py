"""One file per board: a list of panels read aloud, one function per panel."""
