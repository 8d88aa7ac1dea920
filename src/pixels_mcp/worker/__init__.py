"""The worker: one process per person that owns the job store and lets an engine draw. Begin at `produce`."""
