// Files of tests/golden/data: the bytes of every format, which no later release may write or read
// in another way. With CAIRN_TEST_ACCEPT=1 in the environment they are written anew; the difference
// is then for the reviewer to judge.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include "base/bytes.hpp"

namespace cairn {

inline base::Bytes read_golden(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path << " is missing: CAIRN_TEST_ACCEPT=1 writes it";
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  const auto view = base::view_of(text);
  return {view.begin(), view.end()};
}

// Compares `bytes` with the file of that name, and returns what the file holds, to be decoded.
inline base::Bytes golden(const std::string& name, base::ByteView bytes) {
  const std::string path = std::string(CAIRN_TESTS_DIR) + "/golden/data/" + name;
  const char* accept =
      std::getenv("CAIRN_TEST_ACCEPT");  // NOLINT(concurrency-mt-unsafe): one thread
  if (accept != nullptr && std::string(accept) == "1") {
    std::ofstream(path, std::ios::binary) << base::text_of(bytes);
  }
  base::Bytes file = read_golden(path);
  std::size_t at = 0;
  while (at < file.size() && at < bytes.size() && file[at] == bytes[at]) ++at;
  EXPECT_TRUE(at == file.size() && at == bytes.size())
      << name << " differs from offset " << at << " on (" << file.size()
      << " bytes in the file, now " << bytes.size() << ")";
  return file;
}
inline std::string golden_text(const std::string& name, std::string_view text) {
  return std::string(base::text_of(golden(name, base::view_of(text))));
}

}  // namespace cairn
