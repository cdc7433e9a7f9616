"""Certification: trainers, training of trainers, recommendations, the board's decisions, certificates."""
