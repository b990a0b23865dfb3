#include "foreign/archive_library.hpp"

#include <locale.h>

#include "base/shared_library.hpp"

namespace cairn::foreign {

namespace {

// Formats and filters one by one: "all" of them would bring mtree, which reads other files, and
// filters that start programs.
void read_reading(base::SharedLibrary& symbols, ArchiveLibrary& library) {
  symbols.read(library.read_new, "archive_read_new");
  symbols.read(library.read_free, "archive_read_free");
  symbols.read(library.read_open_fd, "archive_read_open_fd");
  symbols.read(library.read_next_header, "archive_read_next_header");
  symbols.read(library.read_data, "archive_read_data");
  symbols.read(library.support_tar, "archive_read_support_format_tar");
  symbols.read(library.support_zip, "archive_read_support_format_zip");
  symbols.read(library.support_7zip, "archive_read_support_format_7zip");
  symbols.read(library.support_gzip, "archive_read_support_filter_gzip");
  symbols.read(library.support_bzip2, "archive_read_support_filter_bzip2");
  symbols.read(library.support_xz, "archive_read_support_filter_xz");
  symbols.read(library.support_zstd, "archive_read_support_filter_zstd");
  symbols.read(library.support_lz4, "archive_read_support_filter_lz4");
  symbols.read(library.pathname, "archive_entry_pathname");
  symbols.read(library.pathname_utf8, "archive_entry_pathname_utf8");
  symbols.read(library.symlink, "archive_entry_symlink");
  symbols.read(library.symlink_utf8, "archive_entry_symlink_utf8");
  symbols.read(library.hardlink, "archive_entry_hardlink");
  symbols.read(library.hardlink_utf8, "archive_entry_hardlink_utf8");
  symbols.read(library.filetype, "archive_entry_filetype");
  symbols.read(library.perm, "archive_entry_perm");
}

void read_writing(base::SharedLibrary& symbols, ArchiveLibrary& library) {
  symbols.read(library.write_new, "archive_write_new");
  symbols.read(library.write_free, "archive_write_free");
  symbols.read(library.write_gnutar, "archive_write_set_format_gnutar");
  symbols.read(library.write_last_block, "archive_write_set_bytes_in_last_block");
  symbols.read(library.write_open, "archive_write_open");
  symbols.read(library.write_header, "archive_write_header");
  symbols.read(library.write_data, "archive_write_data");
  symbols.read(library.write_close, "archive_write_close");
  symbols.read(library.set_pathname, "archive_entry_set_pathname");
  symbols.read(library.set_symlink, "archive_entry_set_symlink");
  symbols.read(library.set_filetype, "archive_entry_set_filetype");
  symbols.read(library.set_perm, "archive_entry_set_perm");
  symbols.read(library.set_size, "archive_entry_set_size");
  symbols.read(library.set_mtime, "archive_entry_set_mtime");
}

Result<ArchiveLibrary> load() {
  CAIRN_TRY(auto symbols, base::SharedLibrary::open("libarchive.so.13"));
  ArchiveLibrary library;
  symbols.read(library.error_string, "archive_error_string");
  symbols.read(library.entry_clear, "archive_entry_clear");
  symbols.read(library.entry_new, "archive_entry_new");
  symbols.read(library.entry_free, "archive_entry_free");
  read_reading(symbols, library);
  read_writing(symbols, library);
  CAIRN_CHECK(symbols.complete());
  return library;
}

// Made once and kept; null where the system has none.
locale_t utf8_locale() {
  static const locale_t made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
  return made;
}

}  // namespace

Utf8Names::Utf8Names() {
  if (utf8_locale() != locale_t{}) before_ = ::uselocale(utf8_locale());
}

Utf8Names::~Utf8Names() {
  if (before_ != nullptr) (void)::uselocale(static_cast<locale_t>(before_));
}

Result<const ArchiveLibrary*> archive_library() {
  static const Result<ArchiveLibrary> loaded = load();
  if (loaded) return &*loaded;
  return Error(Code::kIo, "libarchive, which reads and writes archives, cannot be used: " +
                              loaded.error().message())
      .hint("install it (Debian and Ubuntu: `apt-get install libarchive13`), then run this again")
      .slug("no-library");
}

}  // namespace cairn::foreign
