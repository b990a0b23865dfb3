"""Rules that keep the tree in order, as functions that return a list of complaints ("path:line: text").

The table of allowed includes is src/layers.txt, the same file CMake makes the targets from.
"""

import os
import re
from pathlib import Path

MAX_FILE_LINES = 700
MAX_ARCHITECTURE_LINES = 150
CODE_FOLDERS = ("src", "include", "remotes", "tests", "bench")
CODE_SUFFIXES = {".hpp", ".cpp", ".py", ".sh"}

# Libraries whose headers stay inside some modules. fmt and the standard library are free.
LIBRARY_HOMES = {
    "zstd": {"codec"},
    "zdict.h": {"codec"},
    "openssl/": {"crypto", "net"},
    "curl/": {"net"},
    "pugixml": {"remotes/s3"},
    "yaml.h": {"foreign"},
    "archive": {"foreign"},
    "nlohmann/": {"chunk", "format", "config", "foreign", "repo", "cli", "remotes/s3"},
    "utf8proc": {"workdir"},
    "CLI/": {"cli"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
TABLE_LINE = re.compile(r"^([a-z_]+(?:/[a-z_0-9]+)?):((?: [a-z_/0-9]+)*)$")


def read_table(root):
    """src/layers.txt as {module: [allowed modules]} and the complaints about its text."""
    table, complaints = {}, []
    for number, line in enumerate((root / "src/layers.txt").read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = TABLE_LINE.match(line)
        if not match or match[1] in table:
            complaints.append(f"src/layers.txt:{number}: malformed or repeated line")
            continue
        table[match[1]] = match[2].split()
    for module, allowed in table.items():
        complaints += [f"src/layers.txt: {module} allows {a}, which has no line" for a in allowed if a not in table]
    return table, complaints


def check_table_has_no_cycle(table):
    done, complaints = set(), []

    def visit(module, path):
        if module in path:
            complaints.append("src/layers.txt: cycle " + " -> ".join([*path[path.index(module):], module]))
        elif module not in done:
            for allowed in table.get(module, []):
                visit(allowed, [*path, module])
            done.add(module)

    for module in table:
        visit(module, [])
    return complaints


def code_files(root, folders, suffixes):
    for folder in folders:
        for base, _, names in sorted(os.walk(root / folder)):
            yield from (Path(base) / name for name in sorted(names) if Path(name).suffix in suffixes)


def includes(path):
    """(line number, bracket, target) of each include."""
    text = path.read_text()
    return [(text.count("\n", 0, m.start(2)) + 1, m[1], m[2]) for m in INCLUDE.finditer(text)]


def module_of(parts):
    """Module of a path below src/ or of an include; "remotes/dir/x.hpp" belongs to remotes/dir."""
    return "/".join(parts[:2]) if parts[0] == "remotes" else parts[0]


def check_includes(root, table):
    complaints = []
    for path in code_files(root, ("src", "remotes"), {".hpp", ".cpp"}):
        relative = path.relative_to(root)
        module = module_of(relative.parts[1:] if relative.parts[0] == "src" else relative.parts)
        for line, bracket, target in includes(path):
            why = include_fault(table, module, bracket, target)
            if why:
                complaints.append(f"{relative}:{line}: {why}")
    return complaints


def include_fault(table, module, bracket, target):
    """Why `module` may not include `target`, or None."""
    for prefix, homes in LIBRARY_HOMES.items():
        if target.startswith(prefix) and module not in homes:
            return f"{target} belongs in {', '.join(sorted(homes))} only"
    owner = module_of(target.split("/"))
    if owner == "cairn" or (bracket == "<" and owner not in table):
        return None
    if owner not in table:
        return f'"{target}": write the path from src/, include/ or remotes/: "module/file.hpp"'
    if owner != module and owner not in table.get(module, []):
        return f"{module} may not include {owner} ({target}); see src/layers.txt"
    return None


def check_public_headers(root):
    """include/cairn includes only itself and the standard library."""
    complaints = []
    for path in code_files(root, ("include",), {".hpp"}):
        for line, _, target in includes(path):
            if not target.startswith("cairn/") and not re.fullmatch(r"[a-z_0-9]+", target):
                complaints.append(f"{path.relative_to(root)}:{line}: public header includes {target}")
    return complaints


def check_folders(root, table):
    """Every module folder, and every folder of unit tests, has a line in the table."""
    complaints = []
    for base in ("src", "remotes", "tests/unit", "tests/unit/remotes"):
        for folder in sorted(p for p in root.glob(f"{base}/*") if p.is_dir() and p.name != "__pycache__"):
            name = f"remotes/{folder.name}" if base.endswith("remotes") else folder.name
            if name not in table and folder != root / "tests/unit/remotes":
                complaints.append(f"{folder.relative_to(root)}: no line {name} in src/layers.txt")
    return complaints


def check_lengths(root):
    complaints = []
    for path in code_files(root, CODE_FOLDERS, CODE_SUFFIXES):
        lines = len(path.read_bytes().splitlines())
        if lines > MAX_FILE_LINES:
            complaints.append(f"{path.relative_to(root)}: {lines} lines, over {MAX_FILE_LINES}: split it")
    return complaints


def check_opening(root):
    """Commands open the repository by Invocation::repository alone, which tells what every command has to tell."""
    return [f"{path.relative_to(root)}: opens the repository by itself; call.repository() does"
            for path in code_files(root, ("src/cli/commands",), {".hpp", ".cpp"}) if "Repository::open(" in path.read_text()]


def check_architecture(root, table):
    path = root / "ARCHITECTURE.md"
    if not path.exists():
        return []
    text = path.read_text()
    complaints = [f"ARCHITECTURE.md: does not name {m}" for m in table if not re.search(rf"\b{re.escape(m)}\b", text)]
    if len(text.splitlines()) > MAX_ARCHITECTURE_LINES:
        complaints.append(f"ARCHITECTURE.md: over {MAX_ARCHITECTURE_LINES} lines")
    return complaints


def check_tree(root):
    table, complaints = read_table(root)
    complaints += check_table_has_no_cycle(table)
    complaints += check_includes(root, table)
    complaints += check_public_headers(root)
    complaints += check_folders(root, table)
    complaints += check_opening(root)
    complaints += check_lengths(root)
    complaints += check_architecture(root, table)
    return complaints
