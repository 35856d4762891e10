"""The answers: HTTP API over the store. Imports schema only."""
