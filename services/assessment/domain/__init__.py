"""The rules of assessment: pure, given time, ids and facts from outside."""
