"""Files and functions stay small enough to read at once."""

import ast
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
FILES = [path for path in (ROOT / "avots").rglob("*.py") if "migrations" not in path.parts]


def functions():
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                body = node.body[1:] if ast.get_docstring(node) else node.body
                lines = (body[-1].end_lineno - body[0].lineno + 1) if body else 0
                yield f"{path.relative_to(ROOT)}:{node.name}", lines


def test_no_file_is_over_400_lines():
    long = {str(path.relative_to(ROOT)): n for path in FILES if (n := len(path.read_text().splitlines())) > 400}
    assert not long


def test_no_function_is_over_40_lines_and_the_median_is_8_at_most():
    sizes = dict(functions())
    assert not {name: lines for name, lines in sizes.items() if lines > 40}
    assert median(sizes.values()) <= 8


def test_every_signature_is_annotated():
    naked = []
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.returns is None:
                naked.append(f"{path.relative_to(ROOT)}:{node.name}")
    assert not naked
