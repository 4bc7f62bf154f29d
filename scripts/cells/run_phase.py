import time

def run_phase(path, phase, keys, make_part, settings, read, write):
    """Return a phase's results; of the parts in `keys` ({part: key}) only those not kept under their key are made.

    `make_part(part)` returns a part's records: answers have its name as "system", likelihoods as "set". After every
    part the file at `path` is written, so that an interruption loses one part at most. `read(path)` returns
    (results or None, why not), `write(path, results)` keeps them: plain values, the parts in the order of `keys`.
    """
    old, why = read(path)
    if why:
        print(f"{phase}: {why}")
    if not old or old["phase"] != phase:
        old = {"parts": {}, "answers": [], "likelihoods": [], "timings": {}}
    kept = [part for part in keys if old["parts"].get(part) == keys[part]]
    known = old["answers"] + old["likelihoods"]
    records = {part: [row for row in known if part in (row.get("system"), row.get("set"))] for part in kept}
    timings = {part: old["timings"].get(part, 0.0) for part in kept}
    def results():
        rows = [row for part in keys for row in records.get(part, [])]
        return {"key": "-".join(keys.values()), "phase": phase, "complete": len(records) == len(keys),
                "parts": {part: keys[part] for part in keys if part in records},
                "answers": [row for row in rows if "system" in row],
                "likelihoods": [row for row in rows if "set" in row], "timings": timings, "settings": settings}
    for part in keys:
        if part in kept:
            print(f"{phase}, {part}: kept.")
            continue
        started, changed = time.perf_counter(), part in old["parts"]
        records[part] = make_part(part)
        timings[part] = time.perf_counter() - started
        write(path, results())
        print(f"{phase}, {part}: made{' again, as what it depends on has changed' * changed}, {timings[part]:.0f} s.")
    return results()
