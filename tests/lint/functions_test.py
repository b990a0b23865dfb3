#!/usr/bin/env python3
"""No function over 70 lines, from its signature to its closing brace, in C++ as clang-format leaves it."""
import os
import re
import sys

MOST_LINES = 70
FOLDERS = ("bench", "include", "remotes", "src", "tests")
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
# What says nothing about braces: comments, raw strings, strings, characters (but not the ' of 1'000), preprocessor lines.
NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\''
                   r'|^[ \t]*#(?:[^\n\\]|\\.|\\\n)*', re.S | re.M)
SCOPE = re.compile(r"\b(?:namespace|class|struct|union|enum|extern)\b[^()=]*$")
BODY = re.compile(r"(?:\)|\b(?:const|noexcept|override|final|mutable|try)|&|->[^;{}]*|\)\s*:[^;]*)\s*$")


def blank(match):
    """As many lines as before, and nothing on them; a string stays something."""
    return "0" + "\n" * match.group().count("\n")


def functions(text):
    """(first line, number of lines) of every function that is in no other."""
    text = NOISE.sub(blank, text)
    stack, said, line, begin = [], "", 1, 1
    for char in text:
        if char == "\n":
            line += 1
        outside = all(kind == "scope" for kind, _, _ in stack)
        if char == "{":
            kind = "scope" if SCOPE.search(said) else "body" if BODY.search(said) and "=" not in said.split("(")[0] else "list"
            stack.append((kind if outside else "inner", begin, said))
            if outside and kind != "list":
                said = ""
        elif char == "}" and stack:
            kind, first, _ = stack.pop()
            if kind == "body":
                yield first, line - first + 1
            if kind in ("body", "scope"):
                said = ""
        elif outside and char == ";":
            said = ""
        elif outside:
            if not said.strip() and not char.isspace():
                said, begin = "", line
            said += char


def sources():
    for top in FOLDERS:
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in names:
                if name.endswith((".cpp", ".hpp")):
                    yield os.path.relpath(os.path.join(folder, name), ROOT)


def main():
    faults, count, longest = [], 0, 0
    for name in sorted(sources()):
        with open(os.path.join(ROOT, name), encoding="utf-8") as stream:
            for first, lines in functions(stream.read()):
                count, longest = count + 1, max(longest, lines)
                if lines > MOST_LINES:
                    faults.append(f"{name}:{first}: a function of {lines} lines")
    if count < 1000:
        faults.append(f"only {count} functions found: this check does not understand the code any more")
    print("\n".join(faults) or f"ok: {count} functions, the longest of {longest} lines")
    sys.exit(1 if faults else 0)


main()
