// Files in a store of their own, cut as a test likes.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/cpu_pool.hpp"
#include "base/system.hpp"
#include "crypto/sha256.hpp"
#include "repo/chunked_file.hpp"
#include "store/session.hpp"

namespace cairn::repo {

class StoredFiles : public testing::Test {
 protected:
  StoredFiles() {
    std::string name = (std::filesystem::temp_directory_path() / "cairn-repo-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    scratch_ = name;
    EXPECT_TRUE(store::Store::create(scratch_ + "/cairn").ok());
    auto opened = store::Store::open(context, scratch_ + "/cairn", store::Store::Access::kWrite);
    EXPECT_TRUE(opened.ok());
    store_ = *std::move(opened);
  }
  ~StoredFiles() override {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(scratch_, ignored);
  }

  // A file whose chunks have `cut` bytes.
  static format::ManifestEntry entry_of(const std::string& text, std::size_t cut) {
    format::ManifestEntry entry;
    entry.size_bytes = text.size();
    entry.file_id = crypto::sha256(base::view_of(text)).as<FileId>();
    for (std::size_t at = 0; at < text.size(); at += cut) {
      const auto bytes = base::view_of(text).subspan(at, std::min(cut, text.size() - at));
      entry.chunks.push_back(
          {crypto::sha256(bytes).as<ChunkId>(), static_cast<std::uint32_t>(bytes.size())});
    }
    return entry;
  }

  // Stores the text in chunks of `cut` bytes, each a record; those named in `absent` are left out.
  ChunkedFile stored(const std::string& text, std::size_t cut, std::size_t absent = SIZE_MAX) {
    const format::ManifestEntry entry = entry_of(text, cut);
    auto session = *store::Session::begin(context, *store_);
    codec::Encoder encoder;
    for (std::size_t i = 0; i < entry.chunks.size(); ++i) {
      const format::ChunkRef& chunk = entry.chunks[i];
      const auto bytes = std::make_shared<std::string>(text.substr(i * cut, cut));
      if (i == absent || !session->claim(chunk.id)) continue;
      EXPECT_TRUE(session
                      ->append(format::PackKind::kData,
                               store::encode_record(encoder, {chunk}, base::view_of(*bytes), bytes,
                                                    codec::Effort::kNormal))
                      .ok());
    }
    EXPECT_TRUE(session->commit().ok());
    auto file = ChunkedFile::open(*store_, entry);
    EXPECT_TRUE(file.ok());
    return *std::move(file);
  }

  base::SystemClock clock;
  base::SystemEntropy entropy;
  base::NullLog log;
  base::NullProgress progress;
  CpuPool pool{2};
  Context context{clock, entropy, log, progress, pool, {}};

 private:
  std::string scratch_;
  std::unique_ptr<store::Store> store_;
};

}  // namespace cairn::repo
