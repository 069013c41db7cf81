"""Figures as a person reads them. Medians; ratios are taken within a repetition, where both clients met the same machine."""
import statistics


def drain_table(results, rows, sizes, repetitions):
    lines = []
    for size in sizes:
        lines += ["", f"drain: {rows:,} updates of 12 columns in transactions of {size:,}, median of {repetitions}",
                  f"  {'client':16}{'wall s':>8}{'rows/s':>10}{'x recvlogical':>15}{'CPU us/row':>12}{'walsender us/row':>18}{'RSS MiB':>9}"]
        chosen = [result for result in results if result["transaction_rows"] == size]
        for client in dict.fromkeys(result["client"] for result in chosen):
            own = [result for result in chosen if result["client"] == client]

            def median(key, own=own):
                return statistics.median(result[key] for result in own)

            wall_s = median("wall_s")
            lines.append(f"  {client:16}{wall_s:8.2f}{rows / wall_s:10,.0f}{speed_ratio(chosen, client):15.2f}"
                         f"{median('cpu_s') / rows * 1e6:12.2f}{median('walsender_cpu_s') / rows * 1e6:18.2f}"
                         f"{max(result['resident_bytes'] for result in own) / 2**20:9.1f}")
    return lines


def speed_ratio(results, client, base="pg_recvlogical"):
    """How many times as fast as `base`: above 1 is faster."""
    by_repetition = {}
    for result in results:
        by_repetition.setdefault(result["repetition"], {})[result["client"]] = result["wall_s"]
    return statistics.median(walls[base] / walls[client] for walls in by_repetition.values()
                             if client in walls and base in walls)


def latency_table(results):
    lines = ["", f"  {'latency':16}{'changes/s':>10}{'events':>10}{'p50 ms':>9}{'p99 ms':>9}{'max ms':>9}{'RSS MiB':>9}"]
    for result in results:
        lines.append(f"  {result['log']:16}{result['rate']:10,}{result['events']:10,}{result['p50_ms']:9.1f}{result['p99_ms']:9.1f}"
                     f"{result['max_ms']:9.1f}{result['resident_bytes'] / 2**20:9.1f}")
    return lines


def delivery_tables(results):
    lines = ["", f"delivery: {results['capacities'][0]['events']:,} events to one receiver",
             f"  {'log':16}{'requests/s':>12}{'x wrk':>8}{'CPU us/delivery':>17}{'RSS MiB':>9}"]
    for result in results["capacities"]:
        lines.append(f"  {result['log']:16}{result['per_s']:12,.0f}{result['per_s'] / result['wrk_per_s']:8.2f}{result['cpu_us']:17.1f}"
                     f"{result['resident_bytes'] / 2**20:9.1f}")
    lines += ["", f"  {'commit to receiver':20}{'changes/s':>10}{'consumers':>11}{'p50 ms':>9}{'p99 ms':>9}{'cores':>7}{'RSS MiB':>9}"]
    for result in results["latencies"]:
        lines.append(f"  {result['log']:20}{result['rate']:10,}{result['consumers']:11}{result['p50_ms']:9.1f}{result['p99_ms']:9.1f}"
                     f"{result['cpu_share']:7.2f}{result['resident_bytes'] / 2**20:9.1f}")
    for result in results["parked"]:
        lines += ["", f"  {result['log']}: one receiver takes nothing, {result['lanes']:,} lanes parked: the others p50 {result['p50_ms']:.1f}, "
                  f"p99 {result['p99_ms']:.1f} ms; with {result['letters']:,} events waiting {result['resident_bytes'] / 2**20:.1f} MiB resident"]
    return lines


def snapshot_table(results):
    rows = results[0]["rows"]
    lines = ["", f"snapshot: a table of {rows:,} rows with 12 columns, medians",
             f"  {'client':20}{'wall s':>8}{'rows/s':>10}{'x COPY':>9}{'CPU us/row':>12}{'RSS MiB':>9}"]
    for client in dict.fromkeys(result["client"] for result in results):
        own = [result for result in results if result["client"] == client]
        wall_s = statistics.median(result["wall_s"] for result in own)
        lines.append(f"  {client:20}{wall_s:8.2f}{rows / wall_s:10,.0f}{speed_ratio(results, client, 'COPY'):9.2f}"
                     f"{statistics.median(result['cpu_s'] for result in own) / rows * 1e6:12.2f}"
                     f"{max(result['resident_bytes'] for result in own) / 2**20:9.1f}")
    return lines


def takeover_table(results):
    lines = ["", f"takeover: SIGKILL of the instance that streams, {results[0]['accounts']:,} accounts in the context, rounds: "
             f"{len(results[0]['rounds'])}",
             f"  {'log':16}{'streams, median s':>19}{'worst':>8}{'readable, median s':>20}{'worst':>8}{'RSS MiB':>9}"]
    for result in results:
        def both(key, result=result):
            times = [one[key] for one in result["rounds"]]
            return statistics.median(times), max(times)

        streams, readable = both("streams_s"), both("readable_s")
        lines.append(f"  {result['log']:16}{streams[0]:19.2f}{streams[1]:8.2f}{readable[0]:20.2f}{readable[1]:8.2f}"
                     f"{result['resident_bytes'] / 2**20:9.1f}")
    return lines
