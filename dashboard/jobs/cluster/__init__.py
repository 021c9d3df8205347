"""Training processes: workers of a Dask scheduler, the web server's own or those of a cluster.

Only `base` (the client) and `processes` (schedulers and workers) know Dask. All processes run
`python -m dashboard.jobs.cluster`. A worker has imported TensorFlow and compiled a first model
before it registers: whoever is listed is warm.
"""
