"""The schema and the reader agree: both take every ok_* document and refuse every bad_shape_* one.

Usage: check_schema.py SCHEMA CORPUS_FOLDER FIGURES REPORT...
FIGURES is an array of figures, one of each kind, as the writer makes them.
The reader's half is in test_report_hostile.cpp.
"""

import json
import pathlib
import sys
from typing import Any

import jsonschema


def check_figures(schema: dict[str, Any], figures: list[dict[str, Any]]) -> int:
    """Each is a figure, and none is one of another kind, or without its title."""
    validator = jsonschema.Draft202012Validator({"$defs": schema["$defs"],
                                                 "$ref": "#/$defs/figure"})
    failures = 0
    kinds = [figure["kind"] for figure in figures]
    for index, figure in enumerate(figures):
        for error in validator.iter_errors(figure):
            print(f"figure {index}: /{'/'.join(map(str, error.absolute_path))}: {error.message}")
            failures += 1
        others = [{**figure, "kind": kind} for kind in kinds if kind != figure["kind"]]
        for broken in [*others, {**figure, "kind": "pie"}, {**figure, "title": ""}]:
            if validator.is_valid(broken):
                print(f"figure {index} as {broken['kind']}: accepted, and must not be")
                failures += 1
    return failures + (len(set(kinds)) != 4)


def main() -> int:
    schema_path, corpus_path, figures_path, *report_paths = map(pathlib.Path, sys.argv[1:])
    schema = json.loads(schema_path.read_text(encoding="utf-8"))
    validator_class = jsonschema.validators.validator_for(schema)
    if validator_class is not jsonschema.Draft202012Validator:
        print(f"{schema_path}: not understood as draft 2020-12")
        return 1
    validator_class.check_schema(schema)
    validator = validator_class(schema)

    good = sorted(corpus_path.glob("ok_*.json")) + report_paths
    bad = sorted(corpus_path.glob("bad_shape_*.json"))
    failures = 0
    for path in good:
        for error in validator.iter_errors(json.loads(path.read_text(encoding="utf-8"))):
            print(f"{path}: /{'/'.join(map(str, error.absolute_path))}: {error.message}")
            failures += 1
    for path in bad:
        if validator.is_valid(json.loads(path.read_text(encoding="utf-8"))):
            print(f"{path}: accepted, and must not be")
            failures += 1
    failures += check_figures(schema, json.loads(figures_path.read_text(encoding="utf-8")))
    print(f"{len(good)} good and {len(bad)} bad documents, {failures} problems")
    return 1 if failures or len(good) < 2 or len(bad) < 10 else 0


if __name__ == "__main__":
    sys.exit(main())
