// Names of everything below a store's directory: cairn-store(5), LOCAL STORE. Pure but for the
// listings.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cairn/digest.hpp"
#include "cairn/result.hpp"

namespace cairn::store {

class Layout {
 public:
  explicit Layout(std::string directory) : directory_(std::move(directory)) {}

  [[nodiscard]] const std::string& directory() const { return directory_; }
  [[nodiscard]] std::string at(std::string_view name) const;  // directory/name
  [[nodiscard]] std::string pack_folder(const PackId& id) const;
  [[nodiscard]] std::string pack_path(const PackId& id) const;
  [[nodiscard]] std::string pin_path(const PackId& id) const;
  [[nodiscard]] std::string segment_path(const Digest& name) const;
  [[nodiscard]] std::string mark_path(const PackId& id, std::uint32_t record_offset) const;

 private:
  std::string directory_;
};

inline constexpr std::string_view kFormatFile = "format";
inline constexpr std::string_view kPacksFolder = "packs";
inline constexpr std::string_view kIndexFolder = "index";
inline constexpr std::string_view kQuarantineFolder = "quarantine";
inline constexpr std::string_view kTempFolder = "tmp";
inline constexpr std::string_view kPinsFolder = "pins";
inline constexpr std::string_view kProjectsFolder = "projects";
inline constexpr std::string_view kLockFile = "LOCK";

// The parts of a mark's name, or nothing for another file.
std::optional<std::pair<PackId, std::uint32_t>> parse_mark_name(std::string_view name);

template <typename IdType>
struct Listing {
  std::vector<IdType> ids;          // ascending
  std::vector<std::string> strays;  // paths of files that have no business there
};
// Absent folders are empty ones.
Result<Listing<PackId>> list_packs(const Layout& layout);
Result<Listing<Digest>> list_segments(const Layout& layout);

}  // namespace cairn::store
