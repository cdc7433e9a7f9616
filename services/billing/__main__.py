"""Billing with consumers and routes in one process, as the local stack runs it."""

from services.billing.app import SERVICE
from shared.process import run

if __name__ == "__main__":
    run(SERVICE, consume=True)
