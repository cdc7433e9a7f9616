"""Loading and saving what the rules decide about; every function works inside the caller's transaction."""
