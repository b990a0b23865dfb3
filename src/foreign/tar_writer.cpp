#include "foreign/tar_writer.hpp"

#include <optional>

#include <sys/stat.h>

#include "base/text.hpp"
#include "foreign/archive_library.hpp"

namespace cairn::foreign {

struct TarWriter::State {
  State(const ArchiveLibrary& loaded, Sink to, std::int64_t time)
      : library(loaded),
        sink(std::move(to)),
        mtime_s(time),
        archive(loaded.write_new()),
        entry(loaded.entry_new()) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (entry != nullptr) library.entry_free(entry);
    if (archive != nullptr) (void)library.write_free(archive);
  }

  static la_ssize_t on_write(::archive*, void* state, const void* bytes, std::size_t size) {
    auto& self = *static_cast<State*>(state);
    auto written = self.sink({static_cast<const std::uint8_t*>(bytes), size});
    if (written) return static_cast<la_ssize_t>(size);
    self.failure = std::move(written).error();
    return -1;
  }

  Status check(int code) {
    if (failure) return *std::exchange(failure, {});
    if (code == ARCHIVE_OK) return {};
    const char* why = library.error_string(archive);
    return Error(Code::kIo, std::string("writing the archive: ") +
                                base::printable(why == nullptr ? "it failed" : why));
  }

  Status header(const std::string& path, unsigned type, unsigned mode, std::uint64_t size) {
    library.set_pathname(entry, path.c_str());
    library.set_filetype(entry, type);
    library.set_perm(entry, mode);
    library.set_size(entry, static_cast<la_int64_t>(size));
    library.set_mtime(entry, mtime_s, 0);
    auto status = check(library.write_header(archive, entry));
    library.entry_clear(entry);
    if (!status) return std::move(status).error().with("`" + base::printable(path) + "`");
    return status;
  }

  const ArchiveLibrary& library;
  Sink sink;
  std::int64_t mtime_s;
  ::archive* archive;
  ::archive_entry* entry;
  std::optional<Error> failure;  // of the sink
};

TarWriter::TarWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}
TarWriter::TarWriter(TarWriter&&) noexcept = default;
TarWriter& TarWriter::operator=(TarWriter&&) noexcept = default;
TarWriter::~TarWriter() = default;

Result<TarWriter> TarWriter::create(Sink sink, std::int64_t mtime_s) {
  CAIRN_TRY(const auto* library, archive_library());
  auto state = std::make_unique<State>(*library, std::move(sink), mtime_s);
  if (state->archive == nullptr || state->entry == nullptr)
    return Error(Code::kInternal, "out of memory");
  CAIRN_CHECK(state->check(library->write_gnutar(state->archive)));
  CAIRN_CHECK(state->check(library->write_last_block(state->archive, 1)));
  CAIRN_CHECK(state->check(
      library->write_open(state->archive, state.get(), nullptr, &State::on_write, nullptr)));
  return TarWriter(std::move(state));
}

Status TarWriter::file(const std::string& path, std::uint64_t size_bytes, bool executable) {
  return state_->header(path, AE_IFREG, executable ? 0755 : 0644, size_bytes);
}

Status TarWriter::data(base::ByteView bytes) {
  while (!bytes.empty()) {
    const auto written = state_->library.write_data(state_->archive, bytes.data(), bytes.size());
    if (written <= 0) return state_->check(ARCHIVE_FATAL);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Status TarWriter::link(const std::string& path, const std::string& target) {
  state_->library.set_symlink(state_->entry, target.c_str());
  return state_->header(path, AE_IFLNK, 0777, 0);
}

Status TarWriter::folder(const std::string& path) {
  return state_->header(path + "/", AE_IFDIR, 0755, 0);
}

Status TarWriter::finish() { return state_->check(state_->library.write_close(state_->archive)); }

}  // namespace cairn::foreign
