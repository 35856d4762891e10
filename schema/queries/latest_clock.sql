-- The latest clock that any row carries: the clock may have been set back since. Read once per process.
SELECT greatest((SELECT max(AssembledAt) FROM steps), (SELECT max(RefreshedAt) FROM runs)) AS latest
