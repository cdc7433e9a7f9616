"""The worker process: consumers and relay, no public routes."""

from services.certification.app import SERVICE
from shared.process import run

if __name__ == "__main__":
    run(SERVICE, consume=True, serve_all=False)
