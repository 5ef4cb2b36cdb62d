"""The house's own rules, read from its source: who may import whom, and what nobody may write."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

#: what each floor may import of ours; a floor may always import itself
FLOORS: dict[str, set[str]] = {
    "dsr.law": set(),
    "dsr.core": {"dsr.law"},
    "dsr.logs": {"dsr.core"},
    "dsr.db": {"dsr.core", "dsr.law"},
    "dsr.vault": {"dsr.core", "dsr.law"},
    "dsr.services": {"dsr.db", "dsr.vault", "dsr.core", "dsr.law"},
    "dsr.rendering": {"dsr.logs", "dsr.services", "dsr.db", "dsr.vault", "dsr.core", "dsr.law"},
    "dsr.jobs": {
        "dsr.logs",
        "dsr.rendering",
        "dsr.services",
        "dsr.db",
        "dsr.vault",
        "dsr.core",
        "dsr.law",
    },
    "dsr.web": {
        "dsr.logs",
        "dsr.rendering",
        "dsr.services",
        "dsr.db",
        "dsr.vault",
        "dsr.core",
        "dsr.law",
    },
    "connectors": {"dsr.core"},
}
#: files at the top, which put the rest together
TOP = {"dsr.bootstrap", "dsr.cli", "dsr.register_file", "dsr.settings", "dsr.systems",
       "dsr.valkey", "dsr.__main__", "app"}  # fmt: skip
#: third-party packages that only these may import
OURS_ALONE = {
    "flask": ("dsr.web", "demo"),
    "werkzeug": ("dsr.web", "demo"),
    "rq": ("dsr.jobs",),
    "weasyprint": ("dsr.rendering",),
    "typst": ("dsr.rendering",),
    "boto3": ("dsr.vault", "connectors", "demo"),
    "sqlalchemy": (
        "dsr.db",
        "dsr.services",
        "dsr.jobs",
        "dsr.web",
        "dsr.cli",
        "connectors",
        "demo",
    ),
    "redis": ("dsr.jobs", "dsr.web", "dsr.cli"),
}
HEAVY = ("weasyprint", "typst", "boto3", "botocore", "pikepdf")
BANNED_NAMES = {"utils", "helpers", "common", "misc", "base", "manager"}
LONGEST_FILE, LONGEST_FUNCTION, MOST_ARGUMENTS = 400, 50, 5
FOLDERS = ("dsr", "connectors", "demo")
FILES = sorted(path for folder in FOLDERS for path in Path(folder).rglob("*.py"))
SOURCES = [Path("app.py"), *(path for path in FILES if "versions" not in path.parts)]
PRODUCT = [path for path in SOURCES if path.parts[0] != "demo"]
TEMPLATES = sorted(Path("templates").rglob("*.html"))

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def module_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            yield from (f"{node.module}.{name.name}" for name in node.names)


def is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def floor_of(module: str) -> str | None:
    return next((floor for floor in FLOORS if is_in(module, floor)), None)


def functions_of(path: Path) -> Iterator[Function]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_imports_go_down_the_floors_and_never_up() -> None:
    wrong = []
    for path in PRODUCT:
        module, floor = module_of(path), floor_of(module_of(path))
        if floor is None:
            continue
        for name in imports_of(path):
            ours = is_in(name, "dsr") or is_in(name, "connectors") or is_in(name, "demo")
            allowed = {floor, *FLOORS[floor]}
            if ours and name != "dsr" and not any(is_in(name, low) for low in allowed):
                wrong.append(f"{module} imports {name}")
    assert wrong == []


def test_every_module_stands_on_a_floor_or_at_the_top() -> None:
    homeless = [
        module_of(path)
        for path in PRODUCT
        if floor_of(module_of(path)) is None
        and not any(is_in(module_of(path), top) for top in (*TOP,))
        and module_of(path) not in ("dsr", "connectors")
    ]
    assert homeless == []


def test_the_demo_never_imports_the_web_and_the_product_never_the_demo() -> None:
    wrong = [
        f"{path} imports {name}"
        for path in SOURCES
        for name in imports_of(path)
        if (path.parts[0] == "demo" and is_in(name, "dsr.web"))
        # `make run` and `make demo` begin at the command line, and refuse anything but a demo.
        or (path.parts[0] != "demo" and "cli" not in path.parts and is_in(name, "demo"))
    ]
    assert wrong == []


@pytest.mark.parametrize("package", OURS_ALONE)
def test_a_library_is_imported_only_by_those_whose_work_it_is(package: str) -> None:
    wrong = [
        f"{path} imports {name}"
        for path in SOURCES
        for name in imports_of(path)
        if is_in(name, package)
        and not any(is_in(module_of(path), allowed) for allowed in OURS_ALONE[package])
    ]
    assert wrong == []


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [path for path in SOURCES if path.stem in BANNED_NAMES] == []


def test_nothing_is_imported_inside_a_function() -> None:
    wrong = [
        f"{path}:{inner.lineno}"
        for path in SOURCES
        for function in functions_of(path)
        for inner in ast.walk(function)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert wrong == []


def test_files_and_functions_stay_short() -> None:
    long = [
        f"{path}: {count} lines"
        for path in SOURCES
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    ]
    long += [
        f"{path}:{node.lineno} {node.name}: {(node.end_lineno or 0) - node.lineno + 1} lines"
        for path in SOURCES
        for node in functions_of(path)
        if (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ]
    assert long == []


def test_functions_take_few_arguments() -> None:
    wrong = [
        f"{path}:{node.lineno} {node.name}"
        for path in SOURCES
        for node in functions_of(path)
        if len([a for a in node.args.args if a.arg not in ("self", "cls")]) > MOST_ARGUMENTS
    ]
    assert wrong == []


def test_init_files_hold_a_docstring_at_most() -> None:
    wrong = []
    for path in (path for path in SOURCES if path.name == "__init__.py"):
        rest = [n for n in tree_of(path).body if not _is_docstring(n)]
        wrong += [str(path)] if rest else []
    assert wrong == []


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def calls_of(path: Path) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def test_nothing_dangerous_is_called() -> None:
    banned = re.compile(
        r"(^|\.)(Markup|eval|exec|popen|mktemp|unsafe_load|load_pickle)$|^os\.system$|^pickle\.|^marshal\."
        r"|^yaml\.load$|^md5$|hashlib\.(md5|sha1)$"
    )
    wrong = [
        f"{path}:{call.lineno} {name}"
        for path in PRODUCT
        for name, call in calls_of(path)
        if banned.search(name)
    ]
    assert wrong == []
    pickles = [
        f"{p}" for p in PRODUCT for n in imports_of(p) if n.split(".")[0] in ("pickle", "dill")
    ]
    assert pickles == []


def test_certificates_are_always_checked() -> None:
    wrong = [
        f"{path}:{call.lineno}"
        for path in PRODUCT
        for _name, call in calls_of(path)
        for given in call.keywords
        if given.arg in ("verify", "check_hostname")
        and isinstance(given.value, ast.Constant)
        and given.value.value is False
    ]
    assert wrong == []


#: only asks whether the browser holds the newest cookie; opens nothing
HARMLESS = "request.cookies.get(cookie_name()) != found.token"
SECRET = re.compile(r"(secret|token|password|mac|digest_of_key|code_hash|key_hash|signature)$")


def test_secrets_are_never_compared_with_equals() -> None:
    """Look-ups by hash in the database are another thing: they stand in a `where`."""
    wrong = []
    for path in PRODUCT:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.Eq | ast.NotEq):
                sides = [node.left, *node.comparators]
                named = [s for s in sides if SECRET.search(ast.unparse(s).lower())]
                plain = [s for s in sides if isinstance(s, ast.Constant)]
                column = any(re.match(r"[A-Z]\w+\.|_?[A-Z_]+$", ast.unparse(s)) for s in sides)
                if named and not plain and not column and ast.unparse(node) != HARMLESS:
                    wrong.append(f"{path}:{node.lineno} {ast.unparse(node)}")
    assert wrong == []


def test_no_template_lets_markup_through() -> None:
    let_through = re.compile(r"\|\s*safe\b|autoescape\s+false|\{%-?\s*autoescape")
    wrong = [
        f"{path}: {found.group()}"
        for path in TEMPLATES
        for found in let_through.finditer(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.DOTALL)


def test_no_template_carries_script_or_style_in_its_lines() -> None:
    inline = re.compile(r"\son[a-z]+\s*=|\sstyle\s*=|javascript:", re.IGNORECASE)
    wrong = [
        f"{path}: {found.group().strip()}"
        for path in TEMPLATES
        if path.parts[1] in ("patient", "desk")
        for found in inline.finditer(JINJA.sub("", path.read_text(encoding="utf-8")))
    ]
    assert wrong == []


def test_the_web_process_loads_no_renderer_and_no_cloud_library() -> None:
    """They cost hundreds of milliseconds and megabytes, and WeasyPrint reads what it is handed."""
    program = """
import sys, tempfile
from pathlib import Path
from tests.makers import make_house
from dsr.web.app import create_app
with tempfile.TemporaryDirectory() as folder:
    house = make_house(Path(folder))
    create_app(house)
    house.engine.dispose()
"""
    program += f"print([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_no_setting_and_no_branch_skips_identity_review_or_approval() -> None:
    """The demo runs the very same gates: no code looks at the environment to open one."""
    skipping = re.compile(
        r"(skip|disable|bypass|no|ignore|auto)_?"
        r"(identity|identification|review|approval|approve|sign_?off|mfa|totp|auth|login|csrf)\b",
        re.IGNORECASE,
    )
    wrong = []
    for path in PRODUCT:
        for node in ast.walk(tree_of(path)):
            name = getattr(node, "id", None) or getattr(node, "attr", None) or ""
            name = name or getattr(node, "arg", None) or ""
            text = node.value if isinstance(node, ast.Constant) else ""
            setting = text if isinstance(text, str) and text.startswith("DSR_") else ""
            if skipping.search(str(name)) or skipping.search(setting):
                wrong.append(f"{path}:{getattr(node, 'lineno', 0)} {name or setting}")
    assert wrong == []


def test_services_never_ask_in_which_environment_they_run() -> None:
    wrong = [
        f"{path}:{node.lineno} {ast.unparse(node)}"
        for path in PRODUCT
        if floor_of(module_of(path)) in (*FLOORS["dsr.services"], "dsr.services", "dsr.jobs")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Attribute)
        and (node.attr in ("in_production", "environ", "getenv")
             or (node.attr == "environment" and "settings" in ast.unparse(node.value)))
    ]  # fmt: skip
    # Settings says of itself what `production` means.
    assert [found for found in wrong if "core/settings.py" not in found] == []
