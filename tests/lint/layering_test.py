"""Holds the tree to tests/lint/layering.py, and shows on small made-up trees that each rule can fail."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import layering  # noqa: E402

REPOSITORY = Path(__file__).resolve().parents[2]


def complaints_of(files):
    """Complaints about a tree of {path: text} laid over a clean two-module tree."""
    tree = {
        "src/layers.txt": "# comment\nbase:\nstore: base\nremotes/dir: base\n",
        "src/base/text.hpp": "#include <fmt/core.h>\n#include <string>\n",
        "src/store/pack.cpp": '#include "store/pack.hpp"\n#include "base/text.hpp"\n#include "cairn/digest.hpp"\n',
        "remotes/dir/dir.cpp": '#include "remotes/dir/dir.hpp"\n#include "base/text.hpp"\n',
        "include/cairn/digest.hpp": '#include <array>\n#include "cairn/result.hpp"\n',
        **files,
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, text in tree.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return layering.check_tree(Path(folder))


class Repository(unittest.TestCase):
    def test_follows_every_rule(self):
        complaints = layering.check_tree(REPOSITORY)
        self.assertFalse(complaints, "\n" + "\n".join(complaints))


class EachRuleCanFail(unittest.TestCase):
    def expect(self, files, *wanted):
        complaints = complaints_of(files)
        self.assertEqual(len(complaints), 1, complaints)
        for text in wanted:
            self.assertIn(text, complaints[0])

    def test_clean_tree(self):
        self.assertEqual(complaints_of({}), [])

    def test_upward_include(self):
        self.expect({"src/base/a.cpp": '// up\n#include "store/pack.hpp"\n'}, "src/base/a.cpp:2", "base may not include store")

    def test_upward_include_in_angle_brackets(self):
        self.expect({"src/base/a.cpp": "#  include <store/pack.hpp>\n"}, "base may not include store")

    def test_include_of_a_remote(self):
        self.expect({"src/store/a.cpp": '#include "remotes/dir/dir.hpp"\n'}, "store may not include remotes/dir")

    def test_remote_includes_a_module(self):
        self.expect({"remotes/dir/a.cpp": '#include "store/pack.hpp"\n'}, "remotes/dir may not include store")

    def test_relative_include(self):
        self.expect({"src/base/a.cpp": '#include "../store/pack.hpp"\n'}, "write the path")

    def test_library_outside_its_module(self):
        self.expect({"src/store/a.cpp": "#include <zstd.h>\n"}, "zstd.h belongs in codec only")

    def test_public_header_includes_a_module(self):
        self.expect({"include/cairn/a.hpp": '#include "base/text.hpp"\n'}, "public header includes base/text.hpp")

    def test_public_header_includes_a_library(self):
        self.expect({"include/cairn/a.hpp": "#include <fmt/core.h>\n"}, "public header includes fmt/core.h")

    def test_module_missing_in_table(self):
        self.expect({"src/extra/README": ""}, "no line extra")

    def test_unit_tests_of_no_module(self):
        self.expect({"tests/unit/extra/a_test.cpp": ""}, "tests/unit/extra: no line extra")

    def test_cycle_in_table(self):
        self.expect({"src/layers.txt": "base: store\nstore: base\nremotes/dir: base\n"}, "cycle base -> store -> base")

    def test_malformed_table(self):
        self.expect({"src/layers.txt": "base:\nstore: base\nremotes/dir: base\nbase: Store\n"}, "src/layers.txt:4")

    def test_allowed_module_without_line(self):
        self.expect({"src/layers.txt": "base:\nstore: base net\nremotes/dir: base\n"}, "allows net")

    def test_command_that_opens_by_itself(self):
        self.expect({"src/cli/commands/a.cpp": "auto a = repo::Repository::open(b);\n", "src/layers.txt":
                     "base:\nstore: base\nremotes/dir: base\ncli: base\n"}, "src/cli/commands/a.cpp: opens the repository by itself")

    def test_long_file(self):
        self.expect({"tests/e2e/a.sh": "true\n" * 701}, "701 lines")

    def test_long_architecture(self):
        self.expect({"ARCHITECTURE.md": "base store remotes/dir\n" * 151}, "over 150 lines")

    def test_architecture_misses_a_module(self):
        self.expect({"ARCHITECTURE.md": "base, remotes/dir; datastore is another word\n"}, "does not name store")


if __name__ == "__main__":
    unittest.main()
