"""Pages for people: the list of runs and the replay of one, made here, without scripts or anything from elsewhere."""
