// libarchive, loaded by the first archive that is read or written and never before.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "cairn/result.hpp"

namespace cairn::foreign {

// The functions used, under their names without "archive_".
struct ArchiveLibrary {
  decltype(&::archive_error_string) error_string = nullptr;
  decltype(&::archive_entry_clear) entry_clear = nullptr;
  decltype(&::archive_entry_new) entry_new = nullptr;
  decltype(&::archive_entry_free) entry_free = nullptr;
  // reading
  decltype(&::archive_read_new) read_new = nullptr;
  decltype(&::archive_read_free) read_free = nullptr;
  decltype(&::archive_read_open_fd) read_open_fd = nullptr;
  decltype(&::archive_read_next_header) read_next_header = nullptr;
  decltype(&::archive_read_data) read_data = nullptr;
  decltype(&::archive_read_support_format_tar) support_tar = nullptr;
  decltype(&::archive_read_support_format_zip) support_zip = nullptr;
  decltype(&::archive_read_support_format_7zip) support_7zip = nullptr;
  decltype(&::archive_read_support_filter_gzip) support_gzip = nullptr;
  decltype(&::archive_read_support_filter_bzip2) support_bzip2 = nullptr;
  decltype(&::archive_read_support_filter_xz) support_xz = nullptr;
  decltype(&::archive_read_support_filter_zstd) support_zstd = nullptr;
  decltype(&::archive_read_support_filter_lz4) support_lz4 = nullptr;
  decltype(&::archive_entry_pathname) pathname = nullptr;
  decltype(&::archive_entry_pathname_utf8) pathname_utf8 = nullptr;
  decltype(&::archive_entry_symlink) symlink = nullptr;
  decltype(&::archive_entry_symlink_utf8) symlink_utf8 = nullptr;
  decltype(&::archive_entry_hardlink) hardlink = nullptr;
  decltype(&::archive_entry_hardlink_utf8) hardlink_utf8 = nullptr;
  decltype(&::archive_entry_filetype) filetype = nullptr;
  decltype(&::archive_entry_perm) perm = nullptr;
  // writing
  decltype(&::archive_write_new) write_new = nullptr;
  decltype(&::archive_write_free) write_free = nullptr;
  decltype(&::archive_write_set_format_gnutar) write_gnutar = nullptr;
  decltype(&::archive_write_set_bytes_in_last_block) write_last_block = nullptr;
  decltype(&::archive_write_open) write_open = nullptr;
  decltype(&::archive_write_header) write_header = nullptr;
  decltype(&::archive_write_data) write_data = nullptr;
  decltype(&::archive_write_close) write_close = nullptr;
  decltype(&::archive_entry_set_pathname) set_pathname = nullptr;
  decltype(&::archive_entry_set_symlink) set_symlink = nullptr;
  decltype(&::archive_entry_set_filetype) set_filetype = nullptr;
  decltype(&::archive_entry_set_perm) set_perm = nullptr;
  decltype(&::archive_entry_set_size) set_size = nullptr;
  decltype(&::archive_entry_set_mtime) set_mtime = nullptr;
};

// Names are UTF-8 for libarchive in this thread, whatever the locale of the program is.
class Utf8Names {
 public:
  Utf8Names();
  ~Utf8Names();
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  void* before_ = nullptr;
};

// Thread-safe; kIo (slug "no-library") where it is not installed.
Result<const ArchiveLibrary*> archive_library();

}  // namespace cairn::foreign
