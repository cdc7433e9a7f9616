"""The worker of billing: consumers and relay, without the public routes."""

from services.billing.app import SERVICE
from shared.process import run

if __name__ == "__main__":
    run(SERVICE, consume=True, serve_all=False)
