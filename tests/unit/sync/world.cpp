#include "unit/sync/world.hpp"

#include "base/file.hpp"
#include "codec/codec.hpp"
#include "crypto/sha256.hpp"
#include "format/table.hpp"
#include "sync/fetch_source.hpp"

namespace cairn::sync::test {
namespace {

constexpr std::size_t kPieceBytes = 48 << 10;  // how the tests cut files
constexpr std::size_t kFrameBytes = 128 << 10;

std::uint64_t next_random(std::uint64_t& state) {  // splitmix64
  std::uint64_t z = (state += 0x9e37'79b9'7f4a'7c15U);
  z = (z ^ (z >> 30)) * 0xbf58'476d'1ce4'e5b9U;
  z = (z ^ (z >> 27)) * 0x94d0'49bb'1331'11ebU;
  return z ^ (z >> 31);
}

// Groups chunks into records as an ingest does: in order, up to 128 KiB a frame.
class Frames {
 public:
  explicit Frames(store::Session& session) : session_(session) {}

  std::vector<format::ChunkRef> add(base::ByteView file) {
    std::vector<format::ChunkRef> refs;
    for (std::size_t at = 0; at < file.size(); at += kPieceBytes) {
      const auto piece = file.subspan(at, std::min(kPieceBytes, file.size() - at));
      const auto id = crypto::sha256(piece).as<ChunkId>();
      refs.push_back({id, static_cast<std::uint32_t>(piece.size())});
      if (!session_.claim(id)) continue;
      if (plain_->size() + piece.size() > kFrameBytes) flush();
      plain_->insert(plain_->end(), piece.begin(), piece.end());
      chunks_.push_back(refs.back());
    }
    return refs;
  }

  void flush() {
    if (chunks_.empty()) return;
    const base::ByteView view = *plain_;
    auto record =
        store::encode_record(encoder_, std::move(chunks_), view, plain_, codec::Effort::kNormal);
    EXPECT_TRUE(session_.append(format::PackKind::kData, std::move(record)).ok());
    chunks_.clear();
    plain_ = std::make_shared<base::Bytes>();
  }

 private:
  store::Session& session_;
  codec::Encoder encoder_;
  std::shared_ptr<base::Bytes> plain_ = std::make_shared<base::Bytes>();
  std::vector<format::ChunkRef> chunks_;
};

ChunkId recipe_of(store::Session& session, const std::vector<format::ChunkRef>& chunks) {
  format::RecipeBuilder builder(chunk::GearParameters(), session.page_sink());
  for (const format::ChunkRef& chunk : chunks) EXPECT_TRUE(builder.add(chunk).ok());
  auto top = builder.finish();
  EXPECT_TRUE(top.ok());
  return top->id;
}

Result<base::Bytes> read_chunks(store::ChunkReader& reader,
                                const std::vector<format::ChunkRef>& chunks) {
  base::Bytes out;
  for (const format::ChunkRef& chunk : chunks) {
    CAIRN_TRY(const auto bytes, reader.read(chunk.id, store::Verify::kChunk));
    out.insert(out.end(), bytes.begin(), bytes.end());
  }
  return out;
}

Result<base::Bytes> read_recipe(const store::Store& store, store::ChunkReader& reader,
                                const ChunkId& recipe) {
  std::vector<format::ChunkRef> all;
  const auto visit = [&](const ChunkId&, const std::vector<format::ChunkRef>& chunks) -> Status {
    all.insert(all.end(), chunks.begin(), chunks.end());
    return {};
  };
  CAIRN_CHECK(format::walk_recipe(recipe, store::page_fetch(store), visit));
  return read_chunks(reader, all);
}

}  // namespace

void SeededEntropy::fill(std::span<std::uint8_t> out) {
  const std::lock_guard lock(mutex_);
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next_random(state_));
}

TempDir::TempDir() {
  std::array<std::uint8_t, 8> random{};
  base::SystemEntropy().fill(random);
  const char* base_dir = std::getenv("TMPDIR");  // NOLINT: tests set nothing meanwhile
  path_ = std::string(base_dir ? base_dir : "/tmp") + "/cairn-sync-" + base::to_hex(random);
  EXPECT_TRUE(base::make_directories(path_).ok());
}
TempDir::~TempDir() { (void)base::remove_tree(path_); }

base::Bytes noise(std::size_t size, std::uint64_t seed) {
  base::Bytes out(size);
  for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(next_random(seed));
  return out;
}

base::Bytes text(std::size_t size, std::uint64_t seed) {
  std::string out = "{\"seed\": " + std::to_string(seed);
  while (out.size() < size) out += ", \"k" + std::to_string(next_random(seed) % 1000) + "\": 1.5";
  out += "}\n";
  return {out.begin(), out.end()};
}

Files sample_files(std::size_t count, std::uint64_t seed) {
  Files files;
  for (std::size_t i = 0; i < count; ++i) {
    char name[32];
    std::snprintf(name, sizeof name, "d%02zu/f%06zu.json", i % 7, i);
    files[name] = text(200 + i % 900, seed * 1'000'003 + i);
  }
  files["empty"] = {};
  files["large/inline.bin"] = noise(300 << 10, seed + 1);
  files["large/recipe.bin"] = noise(1100 << 10, seed + 2);
  files["large/text.csv"] = text(200 << 10, seed + 3);
  return files;
}

Result<FetchReport> fetch_versions(const Context& context, store::Store& store, Remote& remote,
                                   const std::vector<Version>& versions,
                                   const FetchOptions& options) {
  FetchSource source(context, remote);
  return sync::fetch_versions(store, source, versions, options);
}

RemoteChunks remote_chunks(Remote& remote) {
  RemoteChunks out;
  std::vector<std::string> keys;
  const auto note = [&](const ObjectInfo& object) -> Status {
    keys.push_back(object.key);
    return {};
  };
  EXPECT_TRUE(remote.list("packs/", note, {}).ok());
  for (const std::string& key : keys) {
    const auto pack = *remote.get(key, std::size_t{1} << 30, {});
    const base::ByteView bytes(pack);
    const auto trailer = *format::decode_pack_trailer(bytes.last(format::kPackTrailerBytes));
    const auto footer = bytes.subspan(
        bytes.size() - format::kPackTrailerBytes - trailer.footer_bytes, trailer.footer_bytes);
    const auto table = *format::TableView::open(footer);
    EXPECT_TRUE(table.check().ok());
    EXPECT_EQ(format::pack_key(format::pack_id_of(bytes.first(format::kPackHeaderBytes), footer)),
              key);
    for (std::uint32_t i = 0; i < table.chunk_count(); ++i) {
      const auto chunk = table.chunk(i);
      RemoteChunk found{
          *PackId::from_hex(key.substr(9)), table.record(chunk.record), chunk.offset, {}};
      const auto view =
          format::decode_record(bytes.subspan(found.record.offset, found.record.record_bytes));
      EXPECT_TRUE(view.ok());
      if (!view->header.bases.empty()) {  // named, but not decoded
        out.emplace(chunk.id, std::move(found));
        continue;
      }
      base::Bytes plain(view->header.plain_bytes);
      if (!codec::Decoder().decode(view->header.codec, view->payload, plain).ok()) continue;
      found.plain.assign(plain.begin() + chunk.offset, plain.begin() + chunk.offset + chunk.length);
      EXPECT_EQ(crypto::sha256(found.plain).as<ChunkId>(), chunk.id);
      out.emplace(chunk.id, std::move(found));
    }
  }
  return out;
}

World::World()
    : cpu(2),
      context{clock, entropy, log, progress, cpu, {}, std::size_t{512} << 20},
      remote(clock) {
  options.project = "00112233445566778899aabbccddeeff";
  options.program = "cairn test";
  journal = directory.at("journal");
}
World::~World() = default;

std::unique_ptr<store::Store> World::new_store() {
  const std::string path = directory.at("store" + std::to_string(stores++));
  EXPECT_TRUE(store::Store::create(path).ok());
  auto opened = store::Store::open(context, path, store::Store::Access::kWrite);
  EXPECT_TRUE(opened.ok());
  return *std::move(opened);
}

Version World::add_folder(store::Store& store, const std::string& path, const Files& files) {
  auto session = *store::Session::begin(context, store);
  Frames frames(*session);
  std::vector<format::ManifestEntry> entries;
  Version version;
  version.path = path;
  version.pointer.kind = format::Pointer::Kind::kFolder;
  for (const auto& [name, bytes] : files) {
    format::ManifestEntry entry;
    entry.path = name;
    entry.size_bytes = bytes.size();
    entry.file_id = crypto::sha256(bytes).as<FileId>();
    auto refs = frames.add(bytes);
    if (refs.size() > 16) {
      entry.has_recipe = true;
      entry.recipe = recipe_of(*session, refs);
    } else if (refs.size() > 1) {
      entry.chunks = std::move(refs);
    }
    entries.push_back(std::move(entry));
    version.pointer.size_bytes += bytes.size();
    ++version.pointer.files;
  }
  frames.flush();
  format::ManifestBuilder builder(session->page_sink());
  for (const format::ManifestEntry& entry : entries) EXPECT_TRUE(builder.add(entry).ok());
  const auto top = builder.finish();
  EXPECT_TRUE(top.ok());
  version.pointer.oid = top->id.as<Digest>();
  EXPECT_TRUE(session->commit().ok());
  return version;
}

Version World::add_file(store::Store& store, const std::string& path, const base::Bytes& bytes) {
  auto session = *store::Session::begin(context, store);
  Frames frames(*session);
  Version version;
  version.path = path;
  version.pointer.oid = crypto::sha256(bytes);
  version.pointer.size_bytes = bytes.size();
  const auto refs = frames.add(bytes);
  frames.flush();
  if (refs.size() > 1) version.pointer.tree = recipe_of(*session, refs);
  EXPECT_TRUE(session->commit().ok());
  return version;
}

Result<Files> World::read_back(const store::Store& store, const Version& version) const {
  store::ChunkReader reader(store);
  Files files;
  const format::Pointer& pointer = version.pointer;
  if (pointer.kind == format::Pointer::Kind::kFile) {
    if (pointer.tree) {
      CAIRN_TRY(files[""], read_recipe(store, reader, *pointer.tree));
    } else if (pointer.size_bytes != 0) {
      CAIRN_TRY(files[""], read_chunks(reader, {{pointer.oid.as<ChunkId>(), 0}}));
    }
    return files;
  }
  const auto visit = [&](const ChunkId&,
                         const std::vector<format::ManifestEntry>& entries) -> Status {
    for (const format::ManifestEntry& entry : entries) {
      base::Bytes& out = files[entry.path];
      if (entry.has_recipe) {
        CAIRN_TRY(out, read_recipe(store, reader, entry.recipe));
      } else if (!entry.chunks.empty()) {
        CAIRN_TRY(out, read_chunks(reader, entry.chunks));
      } else if (entry.size_bytes != 0) {
        CAIRN_TRY(out, read_chunks(reader, {{entry.file_id.as<ChunkId>(), 0}}));
      }
    }
    return {};
  };
  CAIRN_CHECK(format::walk_manifest(pointer.oid.as<ChunkId>(), store::page_fetch(store), visit));
  return files;
}

Result<PushReport> World::push(const store::Store& store, Remote& to,
                               const std::vector<Version>& versions) {
  return push_versions(context, store, to, versions, options, journal);
}

Result<FetchReport> World::fetch(store::Store& store, Remote& from,
                                 const std::vector<Version>& versions) {
  FetchOptions fetch_options;
  fetch_options.project = options.project;
  return fetch_versions(context, store, from, versions, fetch_options);
}

void World::expect_complete(Remote& from, const Version& version, const Files& files) {
  const auto store = new_store();
  const auto report = fetch(*store, from, {version});
  ASSERT_TRUE(report.ok()) << report.error().message();
  ASSERT_TRUE(report->missing.empty()) << report->missing.front();
  const auto back = read_back(*store, version);
  ASSERT_TRUE(back.ok()) << back.error().message();
  EXPECT_TRUE(*back == files);
}

std::map<std::string, base::Bytes> World::objects(Remote& of) const {
  std::map<std::string, base::Bytes> out;
  for (const std::string& key : keys(of, "")) {
    out[key] = *of.get(key, std::size_t{1} << 30, {});
  }
  return out;
}

std::vector<std::string> World::keys(Remote& of, const std::string& prefix) const {
  std::vector<std::string> out;
  const auto note = [&](const ObjectInfo& object) -> Status {
    out.push_back(object.key);
    return {};
  };
  EXPECT_TRUE(of.list(prefix, note, {}).ok());
  return out;
}

void World::put(Remote& to, const std::string& key, base::ByteView bytes) const {
  BytesSource source(bytes);
  EXPECT_TRUE(to.put(key, source, PutCondition::kReplace, {}).ok());
}

void World::condemn(Remote& on, const std::vector<PackId>& packs, const std::string& id) const {
  std::vector<std::pair<PackId, std::string>> list;
  for (const PackId& pack : packs) list.emplace_back(pack, "test");
  put(on, "gc/" + id + "/condemned", base::view_of(format::encode_condemned(list)));
}

std::vector<PackId> World::packs(Remote& of) const {
  std::vector<PackId> out;
  for (const std::string& key : keys(of, "packs/")) out.push_back(*PackId::from_hex(key.substr(9)));
  return out;
}

void World::sweep(Remote& on, const std::vector<PackId>& packs) const {
  std::unordered_set<PackId> gone(packs.begin(), packs.end());
  for (const std::string& key : keys(on, "index/")) {
    const auto bytes = *on.get(key, std::size_t{1} << 30, {});
    const auto old = *format::TableView::open(bytes);
    format::TableBuilder kept;
    std::uint32_t last_pack = old.pack_count();
    for (std::uint32_t i = 0; i < old.record_count(); ++i) {
      const std::uint32_t number = old.pack_of_record(i);
      const auto pack = old.pack(number);
      if (gone.count(pack.id) != 0) continue;
      if (number != last_pack) kept.add_pack(pack.id, pack.size_bytes, pack.kind);
      last_pack = number;
      kept.add_record(old.record(i), {});
      std::map<std::uint32_t, format::TableChunk> chunks;
      for (std::uint32_t c = 0; c < old.chunk_count(); ++c) {
        if (old.chunk(c).record == i) chunks[old.chunk(c).offset] = old.chunk(c);
      }
      for (const auto& [offset, chunk] : chunks) kept.add_chunk(chunk.id, offset, chunk.length);
    }
    EXPECT_TRUE(on.remove(key, {}).ok());
    if (kept.record_count() == 0) continue;
    const auto object = kept.encode();
    put(on, format::index_key(object), object);
  }
  for (const PackId& pack : packs) EXPECT_TRUE(on.remove(format::pack_key(pack), {}).ok());
}

}  // namespace cairn::sync::test
