"""The worker process of enrollment: consumers and relay."""

from services.enrollment.app import SERVICE
from shared.process import run

if __name__ == "__main__":
    run(SERVICE, consume=True, serve_all=False)
