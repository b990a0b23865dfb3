"""Every error slug of the sources has a row in src/cli/slugs.cpp, every row is used, and each says enough in few lines."""

import re
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TABLE = REPOSITORY / "src/cli/slugs.cpp"
DEFAULTS = REPOSITORY / "src/cli/exit_code.cpp"

# Error(…).slug("name"), a constant handed to slug(), and what refuse() in src/format/refusal.hpp makes of a kind.
DIRECT = re.compile(r'\bslug\(\s*"([a-z][a-z-]*)"\s*\)')
CONSTANT = re.compile(r'\bk\w*Slug\b\s*(?:=|\{)\s*"([a-z-]+)"')
REFUSED = re.compile(r'\b(?:refuse|FlatObject::parse)\((?:text,)?\s*"([a-z-]+)"')
DEFAULT = re.compile(r'return \{\d+, "([a-z-]+)"[,}]')
ROW = re.compile(r'\{"([a-z-]+)",\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\}')


def used_slugs():
    """Slug -> file that uses it."""
    found = {name: "src/cli/exit_code.cpp" for name in DEFAULT.findall(DEFAULTS.read_text())}
    for folder in ("src", "remotes", "include"):
        for path in sorted((REPOSITORY / folder).rglob("*.[ch]pp")):
            text = re.sub(r"//[^\n]*", "", path.read_text())
            names = DIRECT.findall(text) + CONSTANT.findall(text)
            names += ["bad-" + kind for kind in REFUSED.findall(text)]
            for name in names:
                found.setdefault(name, str(path.relative_to(REPOSITORY)))
    return found


def rows():
    """Slug -> its explanation."""
    out = []
    for name, literals in ROW.findall(TABLE.read_text()):
        text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals))
        out.append((name, text.replace("\\n", "\n")))
    return out


class Slugs(unittest.TestCase):
    def test_the_sources_were_understood(self):
        self.assertGreater(len(used_slugs()), 40)
        self.assertGreater(len(rows()), 40)

    def test_every_slug_has_a_row(self):
        known = {name for name, _ in rows()}
        missing = {name: path for name, path in used_slugs().items() if name not in known}
        self.assertFalse(missing, f"no explanation in {TABLE.name}")

    def test_every_row_is_used_and_stands_once(self):
        names = [name for name, _ in rows()]
        self.assertEqual(len(names), len(set(names)))
        self.assertFalse(set(names) - set(used_slugs()), "explained, but no error has it")

    def test_explanations_have_two_to_four_lines(self):
        for name, text in rows():
            lines = text.split("\n")
            self.assertTrue(2 <= len(lines) <= 4, name)
            for line in lines:
                self.assertLessEqual(len(line), 132, name)
                self.assertTrue(line and line == line.strip(), name)


if __name__ == "__main__":
    unittest.main()
