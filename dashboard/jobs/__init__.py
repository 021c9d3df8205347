"""The queue of trainings and the processes that work it off. Only `cluster` knows Dask."""
