"""`scorebook bench`: measure this machine's installation beside bare loops, and write down what was found."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.terminal import KafkaOption, PostgresOption, out, run, say


def bench(
    quick: Annotated[bool, typer.Option("--quick", help="Under a minute; checks that measuring works.")] = False,
    directory: Annotated[Path, typer.Option("--out", help="Where the JSON document goes.")] = Path("bench-results"),
    kafka: KafkaOption = None,
    postgres: PostgresOption = None,
) -> None:
    """Measure throughput, latency, start and memory; writes JSON and prints tables."""

    # Imported here, so that no other command waits for it or carries it around.
    from deploy.bench.run import Bench
    from deploy.bench.scale import FULL, QUICK
    from deploy.bench.show import show

    async def work() -> int:
        results = await Bench(QUICK if quick else FULL, quick, kafka, postgres, say).run()
        path = results.write(directory)
        show(results, out)
        out.print(f"Written to {path}", highlight=False)
        return 0

    run(work())
