// Words shared by the replies of several commands.
#pragma once

#include <string>
#include <vector>

#include "base/counted.hpp"
#include "base/text.hpp"
#include "cli/command.hpp"

namespace cairn::cli {

using base::counted;
inline std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + base::printable(word);
  return out;
}
inline std::string shown(const std::string& path) { return base::printable(path); }

const char* change_name(repo::FileChange::Kind kind);  // "added"
Json to_json(const repo::CheckoutReport& report);
Json to_json(const repo::FetchCommandReport& report);
std::string checkout_text(const repo::CheckoutReport& report, const char* verb);
std::string fetch_text(const repo::FetchCommandReport& report);

// "10%" or "10" gives 0.1; from 1 to 100.
Status parse_share(const std::string& text, double& share);

// "2G", "500 MB" without the space, "64KiB", "4096": bytes. K, M, G and T count by 1,000, KiB to
// TiB by 1,024.
Status parse_size(const std::string& flag, const std::string& text, std::uint64_t& bytes);

// --max-bytes and --expect.
Status parse_limits(const Arguments& arguments, std::optional<std::uint64_t>& max_bytes,
                    std::string& expect);

// --frozen, which --no-store contradicts.
Result<bool> parse_frozen(const Arguments& arguments);

// The two flags of every command that selects files inside folders.
inline constexpr Flag kInclude{"include", 0, Flag::Kind::kValues, "PATTERN",
                               "only files that match (gitignore pattern from the top)"};
inline constexpr Flag kExclude{"exclude", 0, Flag::Kind::kValues, "PATTERN", "no files that match"};
inline constexpr Flag kDryRun{"dry-run", 'n', Flag::Kind::kSwitch, "",
                              "only say what would be done"};
inline constexpr Flag kForce{"force", 'f', Flag::Kind::kSwitch, "",
                             "also where local changes would be lost"};
inline constexpr Flag kRemote{"remote", 'r', Flag::Kind::kValue, "NAME",
                              "the remote to talk to, else the default one"};
inline constexpr Flag kMaxBytes{"max-bytes", 0, Flag::Kind::kValue, "N",
                                "fail when more data than this would have to come"};
inline constexpr Flag kNoStore{"no-store", 0, Flag::Kind::kSwitch, "",
                               "write files as they come, keep nothing in the local store"};
inline constexpr Flag kFrozen{"frozen", 0, Flag::Kind::kSwitch, "",
                              "take the lists of files from the store, and ask for none"};
inline constexpr Flag kExpect{"expect", 0, Flag::Kind::kValue, "FINGERPRINT",
                              "fail unless the files are exactly those (cairn-ci(1))"};
inline constexpr Flag kReadData{"read-data", 0, Flag::Kind::kValue, "N%",
                                "read this share of the data, not all of it"};

}  // namespace cairn::cli
