"""Enrollment with HTTP and worker in one process, as the local stack runs it."""

from services.enrollment.app import SERVICE
from shared.process import run

if __name__ == "__main__":
    run(SERVICE, consume=True)
