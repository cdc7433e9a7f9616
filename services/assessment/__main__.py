"""HTTP and worker in one process, as the local stack runs the service."""

from services.assessment.app import SERVICE
from shared.process import run

if __name__ == "__main__":
    run(SERVICE, consume=True)
