"""HTTP routes, one module per noun: who may, which command or query, nothing else."""
