"""Many trainings that need not see the same batches: here, on local processes, or on a cluster of machines with Dask."""
