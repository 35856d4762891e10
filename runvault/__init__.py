"""The front door: the command, the settings, start and stop of the processes. The only part that knows all others."""
