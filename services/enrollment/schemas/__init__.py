"""What requests carry and answers show; the rules behind them live in `domain`."""
