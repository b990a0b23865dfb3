#include "remotes/builtin/builtin.hpp"

#include <gtest/gtest.h>

namespace cairn::remotes {
namespace {

TEST(Builtin, PathsAndFileUrlsAreDirectories) {
  const RemoteOpener open = builtin_opener();
  for (const char* url : {"/srv/data", "file:///srv/data", "relative/data", "odd:name", "/a://b"}) {
    const auto remote = open({"prod", url});
    ASSERT_TRUE(remote.ok()) << url;
    EXPECT_NE((*remote)->describe().find("prod"), std::string::npos);
  }
}

TEST(Builtin, AnUnknownSchemeIsRefusedWithWhatThereIs) {
  const auto remote = builtin_opener()({"prod", "ftp://host/data"});
  ASSERT_FALSE(remote.ok());
  EXPECT_EQ(remote.error().code(), Code::kUsage);
  EXPECT_NE(remote.error().message().find("ftp"), std::string::npos);
  EXPECT_NE(remote.error().hints().at(0).find("file:///"), std::string::npos);
}

}  // namespace
}  // namespace cairn::remotes
