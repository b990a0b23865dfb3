// libcurl is found when it is asked for, and its absence is an error that says what to do.
#include "net/curl_library.hpp"

#include <gtest/gtest.h>

namespace cairn::net {
namespace {

TEST(CurlLibrary, IsLoadedOnceAndHasAllThatIsUsed) {
  ASSERT_TRUE(load_curl().ok());
  ASSERT_TRUE(load_curl().ok());
  EXPECT_GE(curl().version_info(CURLVERSION_NOW)->version_num, 0x075700U);
}

TEST(CurlLibrary, WhereItIsAbsentTheErrorSaysWhatToInstall) {
  const auto library = detail::open_curl("libcurl-that-is-nowhere.so.4");
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().code(), Code::kIo);
  EXPECT_EQ(library.error().slug(), "no-libcurl");
  EXPECT_NE(library.error().message().find("libcurl-that-is-nowhere.so.4"), std::string::npos);
  ASSERT_EQ(library.error().hints().size(), 1U);
  EXPECT_NE(library.error().hints()[0].find("libcurl4"), std::string::npos);
}

TEST(CurlLibrary, AnotherLibraryUnderItsNameIsRefused) {
  const auto library = detail::open_curl("libm.so.6");
  ASSERT_FALSE(library.ok());
  EXPECT_EQ(library.error().slug(), "no-libcurl");
  EXPECT_NE(library.error().message().find("lacks curl_"), std::string::npos);
}

}  // namespace
}  // namespace cairn::net
