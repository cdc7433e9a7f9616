"""The worker process of the assessment service: consumers and relay."""

from services.assessment.app import SERVICE
from shared.process import run

if __name__ == "__main__":
    run(SERVICE, consume=True, serve_all=False)
