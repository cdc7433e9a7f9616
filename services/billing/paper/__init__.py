"""Documents on paper and as e-invoices: everything is made from the frozen document and from nothing else."""
