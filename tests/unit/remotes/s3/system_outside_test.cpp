#include "remotes/s3/credentials/system_outside.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>

#include <sys/stat.h>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/system.hpp"

namespace cairn::remotes::s3 {
namespace {

// A renewed login replaces the old one, for the user's eyes only.
TEST(SystemOutside, AFileItWritesIsPrivateAndCanBeReadBack) {
  std::array<std::uint8_t, 8> random{};
  base::SystemEntropy().fill(random);
  const char* root = std::getenv("TMPDIR");  // NOLINT: tests set nothing meanwhile
  const std::string path =
      std::string(root ? root : "/tmp") + "/cairn-sso-" + base::to_hex(random) + ".json";
  base::SystemClock clock;
  const auto nothing = [](const std::string&) -> std::optional<std::string> {
    return std::nullopt;
  };
  const Outside outside = system_outside(nothing, nullptr, clock);
  EXPECT_FALSE(outside.read_file(path)->has_value());
  ASSERT_TRUE(
      base::write_file_atomic(path, base::view_of("old"), 0644, base::Durability::kSynced).ok());
  ASSERT_TRUE(outside.write_file(path, "{\"accessToken\":\"new\"}").ok());
  EXPECT_EQ(**outside.read_file(path), "{\"accessToken\":\"new\"}");
  struct ::stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_TRUE(base::remove_file(path).ok());
}

}  // namespace
}  // namespace cairn::remotes::s3
