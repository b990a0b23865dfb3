// write_file_atomic: after a crash at any point `path` holds either its old bytes or all of the new
// ones.
#include <array>

#include <unistd.h>

#include "base/file.hpp"
#include "base/system.hpp"

namespace cairn::base {
namespace {

constexpr int kNameAttempts =
    8;  // 64 random bits collide never; the loop only bounds the damage of a broken source

// A file under a temporary name, removed unless it was published.
class TemporaryFile {
 public:
  static Result<TemporaryFile> create(const std::string& directory, mode_t mode) {
    for (int attempt = 1;; ++attempt) {
      std::array<std::uint8_t, 8> random{};
      SystemEntropy().fill(random);
      std::string path = join(directory, ".cairn-tmp-" + to_hex(random));
      Result<Fd> fd = create_new(path, mode);
      if (fd.ok()) return TemporaryFile(std::move(path), *std::move(fd));
      if (fd.error().code() != Code::kExists || attempt == kNameAttempts)
        return std::move(fd).error();
    }
  }
  TemporaryFile(TemporaryFile&& other) noexcept
      : path_(std::move(other.path_)), fd_(std::move(other.fd_)) {
    other.path_.clear();
  }
  TemporaryFile& operator=(TemporaryFile&&) = delete;
  ~TemporaryFile() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  Status write(ByteView bytes, Durability durability) {
    CAIRN_CHECK(pwrite_all(fd_, bytes, 0, path_));
    if (durability == Durability::kSynced) CAIRN_CHECK(sync_file(fd_, path_));
    return close_file(std::move(fd_), path_);
  }
  Status publish(const std::string& path) {
    CAIRN_CHECK(rename_replace(path_, path));
    path_.clear();
    return {};
  }

 private:
  TemporaryFile(std::string path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  Fd fd_;
};

}  // namespace

Status write_file_atomic(const std::string& path, ByteView bytes, mode_t mode,
                         Durability durability) {
  const std::string directory = parent_of(path);
  const auto write = [&]() -> Status {
    CAIRN_TRY(auto temporary, TemporaryFile::create(directory, mode));
    CAIRN_CHECK(temporary.write(bytes, durability));
    CAIRN_CHECK(temporary.publish(path));
    if (durability == Durability::kSynced) CAIRN_CHECK(sync_directory(directory));
    return {};
  };
  Status status = write();
  if (!status.ok()) return std::move(status).error().with("writing `" + path + "`");
  return status;
}

}  // namespace cairn::base
