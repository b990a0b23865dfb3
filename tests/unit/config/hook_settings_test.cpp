// Settings of the hooks: what may be committed, which place counts, and values out of form.
#include <gtest/gtest.h>

#include "config/config.hpp"

namespace cairn::config {
namespace {

HookSettings merged(const KeyValues& committed, const KeyValues& git_config) {
  auto settings = merge_settings(committed, git_config, {});
  EXPECT_TRUE(settings.ok()) << settings.error().message();
  return settings.ok() ? settings->hooks : HookSettings();
}

TEST(HookSettings, Defaults) {
  const auto hooks = merged({}, {});
  EXPECT_EQ(hooks.setup, "");
  EXPECT_EQ(hooks.modified, "error");
  EXPECT_EQ(hooks.max_blob_bytes, std::uint64_t{5} << 20);
  EXPECT_EQ(hooks.pre_push, "push");
  EXPECT_EQ(hooks.max_commit_bytes, 0U);
  EXPECT_EQ(hooks.unsafe_models, "warn");
}

TEST(HookSettings, ThisCloneOverTheCommittedFile) {
  const KeyValues committed = {{"cairn.max-blob", "1M"},
                               {"cairn.modified", "warn"},
                               {"cairn.max-commit", "2GiB"},
                               {"cairn.unsafe-models", "error"}};
  EXPECT_EQ(merged(committed, {}).max_blob_bytes, 1'000'000U);
  EXPECT_EQ(merged(committed, {}).modified, "warn");
  EXPECT_EQ(merged(committed, {}).max_commit_bytes, std::uint64_t{2} << 30);
  EXPECT_EQ(merged(committed, {}).unsafe_models, "error");
  const KeyValues local = {{"cairn.max-blob", "0"}, {"cairn.modified", "off"}};
  EXPECT_EQ(merged(committed, local).max_blob_bytes, 0U);
  EXPECT_EQ(merged(committed, local).modified, "off");
}

TEST(HookSettings, ACommittedFileCannotTurnTheGateOff) {
  const KeyValues committed = {
      {"cairn.pre-push", "off"}, {"cairn.hooks", "off"}, {"cairn.max-push", "1"}};
  EXPECT_EQ(merged(committed, {}).pre_push, "push");
  EXPECT_EQ(merged(committed, {}).setup, "");
  EXPECT_EQ(merged(committed, {}).max_push_bytes, std::uint64_t{1} << 30);
  EXPECT_EQ(merged({}, {{"cairn.pre-push", "check"}}).pre_push, "check");
  EXPECT_EQ(merged({}, {{"cairn.max-push", "2MiB"}}).max_push_bytes, std::uint64_t{2} << 20);
}

TEST(HookSettings, ValuesOutOfForm) {
  for (const auto& value : KeyValues{{"cairn.max-blob", "big"},
                                     {"cairn.max-push", "1g"},
                                     {"cairn.modified", "yes"},
                                     {"cairn.max-commit", "-1"},
                                     {"cairn.unsafe-models", "no"},
                                     {"cairn.pre-push", "true"},
                                     {"cairn.hooks", "maybe"}}) {
    const auto settings = merge_settings({}, {value}, {});
    ASSERT_FALSE(settings.ok()) << value.first;
    EXPECT_EQ(settings.error().code(), Code::kCorrupt);
    EXPECT_NE(settings.error().message().find(value.first), std::string::npos);
  }
}

}  // namespace
}  // namespace cairn::config
