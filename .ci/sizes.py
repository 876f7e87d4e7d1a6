"""Prints how long files and functions are; exits with 1 where one is too long: `python .ci/sizes.py`.

A function's lines are those of its body after the docstring, so that neither a long signature (as that of a
command with forty options) nor an explanation counts.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from statistics import median

FILE = 300  # lines
FUNCTION, MOST, MEDIAN = 40, 20, 8  # lines: of any, of nine in ten, in the middle


def bodies(path: Path) -> Iterator[tuple[int, str]]:
    """Lines and name of each function and method."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef):
            documented = ast.get_docstring(node, clean=False) is not None
            body = node.body[1:] if documented else node.body
            lines = body[-1].end_lineno - body[0].lineno + 1 if body else 0
            yield lines, f"{path}:{node.lineno} {node.name}"


def main(folder: str) -> int:
    listed = subprocess.run(["git", "ls-files", f"{folder}/*.py"], check=True, capture_output=True, text=True)
    paths = [Path(line) for line in listed.stdout.splitlines() if Path(line).exists()]
    files = sorted(((len(path.read_text("utf-8").splitlines()), str(path)) for path in paths), reverse=True)
    functions = sorted(chain.from_iterable(map(bodies, paths)), reverse=True)
    lines = [count for count, _ in functions]
    ninth = lines[len(lines) // 10]
    print(f"{len(files)} files: longest {files[0][0]} lines (at most {FILE})")
    print(
        f"{len(functions)} functions: median {median(lines):g} (at most {MEDIAN}), nine in ten {ninth} "
        f"(at most {MOST}), longest {lines[0]} (at most {FUNCTION})"
    )
    long = [one for one in files if one[0] > FILE] + [one for one in functions if one[0] > FUNCTION]
    for count, name in long:
        print(f"{count} lines: {name}")
    return int(bool(long) or median(lines) > MEDIAN or ninth > MOST)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:] or ["colorcli"]))
