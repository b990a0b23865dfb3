#include "store/temp_space.hpp"

#include <array>

#include "base/bytes.hpp"
#include "base/system.hpp"
#include "store/sharing.hpp"

namespace cairn::store {
namespace {

constexpr std::size_t kSessionDigits = 32;
constexpr std::string_view kOwnerSuffix = ".owner";

// Names need to be unique, nothing else: they are no part of what an operation writes, so its
// entropy is left alone.
std::string random_session() {
  std::array<std::uint8_t, kSessionDigits / 2> random{};
  base::SystemEntropy().fill(random);
  return base::to_hex(random);
}

// The session that a file in tmp/ belongs to; nothing for files of another kind.
std::optional<std::string> session_of(const std::string& name) {
  std::array<std::uint8_t, kSessionDigits / 2> bytes{};
  if (name.size() <= kSessionDigits || name[kSessionDigits] != '.') return std::nullopt;
  if (!base::from_hex(std::string_view(name).substr(0, kSessionDigits), bytes)) return std::nullopt;
  return name.substr(0, kSessionDigits);
}

void remove_files_of(const std::string& folder, const std::string& session) {
  const auto entries = base::list_directory(folder);
  if (!entries.ok()) return;
  for (const base::DirEntry& entry : *entries) {
    const bool owner = entry.name == session + std::string(kOwnerSuffix);
    if (!owner && session_of(entry.name) == session)
      (void)base::remove_file(base::join(folder, entry.name));
  }
  (void)base::remove_file(base::join(
      folder, session + std::string(kOwnerSuffix)));  // last: it says whose the others are
}

// Only with tmp/LOCK held: every owner file that exists is then either locked by its writer or left
// from a crash. Failing to clean is no reason to fail: the next writer tries again.
void remove_dead_sessions(const std::string& folder) {
  const auto entries = base::list_directory(folder);
  if (!entries.ok()) return;
  std::optional<std::string> last;
  for (const base::DirEntry& entry : *entries) {
    const auto session = session_of(entry.name);
    if (!session || session == last) continue;
    last = session;
    const std::string owner = base::join(folder, *session + std::string(kOwnerSuffix));
    const auto lock = base::FileLock::acquire(owner, base::FileLock::Mode::kExclusive, 0);
    if (lock.ok()) remove_files_of(folder, *session);
  }
}

}  // namespace

Result<TempSpace> TempSpace::create(const Layout& layout, int lock_timeout_ms,
                                    const std::stop_token& stop) {
  const std::string folder = layout.at(kTempFolder);
  CAIRN_CHECK(make_store_folder(folder));
  CAIRN_TRY(const auto gate,
            base::FileLock::acquire(base::join(folder, kLockFile), base::FileLock::Mode::kExclusive,
                                    lock_timeout_ms, stop));
  CAIRN_CHECK(settle_file(base::join(folder, kLockFile), kGroupWritable));
  remove_dead_sessions(folder);
  std::string session = random_session();
  const std::string owner_path = base::join(folder, session + std::string(kOwnerSuffix));
  CAIRN_TRY(auto owner, base::FileLock::acquire(owner_path, base::FileLock::Mode::kExclusive, 0));
  CAIRN_CHECK(settle_file(owner_path, kGroupWritable));
  return TempSpace(folder, std::move(session), std::move(owner));
}

TempSpace::TempSpace(TempSpace&& other) noexcept
    : folder_(std::move(other.folder_)),
      session_(std::move(other.session_)),
      count_(other.count_.load()),
      owner_(std::move(other.owner_)) {
  other.session_.clear();
}

TempSpace::~TempSpace() {
  if (session_.empty()) return;
  try {
    remove_files_of(folder_, session_);
  } catch (...) {  // out of memory: the next writer cleans
  }
}

std::string TempSpace::new_path() {
  return base::join(folder_, session_ + "." + std::to_string(count_++));
}

}  // namespace cairn::store
