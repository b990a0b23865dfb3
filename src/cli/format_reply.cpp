#include "cli/format_reply.hpp"

#include "base/shell.hpp"

namespace cairn::cli {

const char* change_name(repo::FileChange::Kind kind) {
  switch (kind) {
    case repo::FileChange::Kind::kAdded:
      return "added";
    case repo::FileChange::Kind::kRemoved:
      return "removed";
    case repo::FileChange::Kind::kTypeChanged:
      return "type-changed";
    case repo::FileChange::Kind::kModified:
      break;
  }
  return "modified";
}

Json to_json(const repo::CheckoutReport& report) {
  Json out = Json::object();
  out["paths"] = report.paths;
  out["written_files"] = report.written;
  out["written_bytes"] = report.written_bytes;
  out["removed_files"] = report.removed;
  out["unchanged_files"] = report.unchanged;
  out["untracked_files_kept"] = report.untracked_kept;
  out["left_out_files"] = report.left_out;
  if (!report.outside.empty()) out["outside"] = report.outside;
  return out;
}

Json to_json(const repo::FetchCommandReport& report) {
  Json out = Json::object();
  out["remote"] = report.remote;
  out["versions"] = report.versions;
  out["dry_run"] = report.dry_run;
  out["chunks"] = report.chunks;
  out["downloaded_bytes"] = report.downloaded_bytes;
  out["plain_bytes"] = report.plain_bytes;
  out["requests"] = report.requests;
  return out;
}

std::string checkout_text(const repo::CheckoutReport& report, const char* verb) {
  const bool planned = std::string_view(verb).starts_with("would");
  auto left_out = report.left_out == 0
                      ? std::string()
                      : "left out: " + counted(report.left_out, "file") +
                            " not checked out here (`--include '*'` brings them)\n";
  for (const auto& path : report.outside)
    left_out += "left alone: " + shown(path) + " stands outside (`cairn checkout " +
                base::shell_word(path) + "` writes a copy)\n";
  if (report.written == 0 && report.removed == 0) {
    return "nothing to do: " + counted(report.unchanged, "file") + " already as they should be\n" +
           left_out;
  }
  std::string out = std::string(verb) + " " + counted(report.written, "file") + ", " +
                    base::human_bytes(report.written_bytes) +
                    (planned ? "" : ", every byte verified");
  if (report.removed > 0) out += "; removed " + counted(report.removed, "file");
  if (report.unchanged > 0) out += "; " + base::human_count(report.unchanged) + " unchanged";
  out += "\n";
  if (report.untracked_kept > 0)
    out += "left alone: " + counted(report.untracked_kept, "file") + " that no version has\n";
  return out + left_out;
}

std::string fetch_text(const repo::FetchCommandReport& report) {
  if (report.chunks == 0) return "everything is here already (" + report.remote + ")\n";
  if (report.dry_run) {
    return "would fetch " + counted(report.chunks, "chunk") + ", " +
           base::human_bytes(report.plain_bytes) + " of data, from " + report.remote + "\n";
  }
  return "fetched " + base::human_bytes(report.downloaded_bytes) + " (" +
         counted(report.chunks, "chunk") + ", " + base::human_bytes(report.plain_bytes) +
         " of data) from " + report.remote + ", verified\n";
}

Status parse_share(const std::string& text, double& share) {
  const auto digits = text.ends_with('%') ? text.substr(0, text.size() - 1) : text;
  std::uint64_t percent = 0;
  if (!base::parse_u64(digits, percent) || percent == 0 || percent > 100) {
    return Error(Code::kUsage,
                 "`--read-data` takes a share from 1% to 100%, not `" + shown(text) + "`");
  }
  share = static_cast<double>(percent) / 100;
  return {};
}

Result<bool> parse_frozen(const Arguments& arguments) {
  const bool frozen = arguments.has("frozen");
  if (frozen && arguments.has("no-store"))
    return Error(Code::kUsage,
                 "`--frozen` takes the lists of the store, which `--no-store` does without");
  return frozen;
}

Status parse_limits(const Arguments& arguments, std::optional<std::uint64_t>& max_bytes,
                    std::string& expect) {
  expect = arguments.value("expect");
  const auto hex = expect.starts_with("sha256:") ? expect.substr(7) : std::string();
  if (arguments.has("expect") && !Digest::from_hex(hex)) {
    return Error(Code::kUsage, "`--expect` takes a fingerprint, not `" + shown(expect) + "`")
        .hint("`cairn ci` prints it: sha256: and 64 hex digits");
  }
  if (!arguments.has("max-bytes")) return {};
  return parse_size("max-bytes", arguments.value("max-bytes"), max_bytes.emplace());
}

Status parse_size(const std::string& flag, const std::string& text, std::uint64_t& bytes) {
  if (base::parse_size_bytes(text, bytes)) return {};
  return Error(Code::kUsage, "`--" + flag + "` takes a size, not `" + shown(text) + "`")
      .hint("a number with K, M, G or T (by 1,000), or KiB, MiB, GiB, TiB (by 1,024): `--" + flag +
            " 20G`");
}

}  // namespace cairn::cli
