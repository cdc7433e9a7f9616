"""Compiled Python: installed by pip it is there, elsewhere every start would compile every library again."""

import asyncio
import os
import sys
from importlib.util import cache_from_source
from pathlib import Path

import sqlalchemy

from deploy.local.child import ChildSpec, run_to_end

_EVERYTHING = "import deploy.cli.main, deploy.cli.services as s; [s.load(name) for name in s.NAMES]"


async def environment(directory: Path) -> tuple[dict[str, str], str]:
    """Return the environment to start an installation with, and in words where its compiled code comes from.

    Where the libraries came without bytecode, or writing it is switched off, it is made once under `directory`, as pip
    does when it installs.
    """
    given = dict(os.environ)
    given.pop("PYTHONDONTWRITEBYTECODE", None)
    if await asyncio.to_thread(Path(cache_from_source(sqlalchemy.__file__)).exists):
        source = "as installed"
    else:
        given["PYTHONPYCACHEPREFIX"] = str(directory / "bytecode")
        source = "compiled before the first start, as pip does when it installs"
    spec = ChildSpec(
        name="compiling",
        argv=[sys.executable, "-c", _EVERYTHING],
        env=given,
        log_path=directory / "compiling.log",
    )
    await run_to_end(spec)
    return given, source
