"""SQL and parameters: templates from `schema/queries/`, filled only with fixed fragments; values stay parameters."""
