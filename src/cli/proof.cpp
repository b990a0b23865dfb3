#include "cli/proof.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "base/utc_time.hpp"
#include "base/version.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

Sources sources_of(const repo::Restored& report) {
  const auto written = report.written.written_bytes;
  Sources out;
  out.remote = std::min(written, report.brought.fetched.plain_bytes);
  out.store = written - out.remote;
  out.tree = report.brought.fingerprint.bytes - std::min(report.brought.fingerprint.bytes, written);
  return out;
}

Json to_json(const repo::Restored& report) {
  Json out = {{"commit", report.commit}, {"fingerprint", report.brought.fingerprint.text()}};
  auto& pointers = out["pointers"] = Json::array();
  for (const auto& item : report.pointers) {
    const auto& pointer = item.pointer;
    const bool folder = pointer.kind == format::Pointer::Kind::kFolder;
    pointers.push_back({{"path", item.path},
                        {"kind", folder ? "folder" : "file"},
                        {"oid", pointer.oid.hex()},
                        {"bytes", pointer.size_bytes},
                        {"files", folder ? pointer.files : 1}});
  }
  const auto from = sources_of(report);
  out["files"] = report.brought.fingerprint.files;
  out["bytes"] = report.brought.fingerprint.bytes;
  out["bytes_by_source"] = {{"remote", from.remote}, {"store", from.store}, {"tree", from.tree}};
  out["downloaded_bytes"] = report.brought.fetched.downloaded_bytes;
  out["requests"] = report.brought.fetched.requests;
  out["remote"] = report.brought.fetched.remote;
  out["written"] = to_json(report.written);
  return out;
}

Status write_proof(const Invocation& call, const std::string& file, const Json& facts,
                   std::int64_t begun_ms) {
  Json proof = {{"schema", 1},
                {"tool", base::program_name()},
                {"begun", base::utc_time(begun_ms / 1000)},
                {"ended", base::utc_time(call.context.clock.now_ms() / 1000)},
                {"verification", "every byte written was hashed, every file kept was compared"}};
  proof.update(facts);
  const auto text = proof.dump(2) + "\n";
  return base::write_file_atomic(base::path_from(call.environment.directory, file),
                                 {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()},
                                 0666, base::Durability::kCacheOnly);
}

}  // namespace cairn::cli
