#include <fmt/core.h>

#include "base/utc_time.hpp"
#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"
#include "repo/usage.hpp"

namespace cairn::cli {

namespace {

std::string usage_line(const std::string& logical, const std::string& unique,
                       const std::string& stored, const std::string& versions,
                       const std::string& path) {
  return fmt::format("{:>10} {:>10} {:>10} {:>8}  {}\n", logical, unique, stored, versions, path);
}
std::string usage_line(const repo::Use& use, const std::string& versions, const std::string& path) {
  return usage_line(base::human_bytes(use.logical), base::human_bytes(use.unique),
                    base::human_bytes(use.stored), versions, path);
}

std::string share_of(std::uint64_t part, std::uint64_t whole) {
  if (whole == 0) return "-";
  return fmt::format("{:.1f} %", 100.0 * static_cast<double>(part) / static_cast<double>(whole));
}

// "       1.2 MB     1.1 MB   312.0 KB   26.0 %    9f2c1a40  2026-11-22  train on"
std::string version_line(const repo::UsedVersion& version) {
  const repo::Use& added = version.added;
  const std::string commit = version.commit.empty()
                                 ? "in no commit of HEAD's history"
                                 : version.commit.substr(0, 12) + "  " +
                                       base::utc_time(version.time_s).substr(0, 10) + "  " +
                                       shown(version.subject);
  std::string line = usage_line(base::human_bytes(added.logical), base::human_bytes(added.unique),
                                base::human_bytes(added.stored),
                                share_of(added.stored, added.logical), "  " + commit);
  if (!version.lists_here) line.insert(line.size() - 1, " (its lists are not here)");
  return line;
}

// Nothing to tell where all is stored in the same way.
std::string codec_line(const std::vector<repo::CodecUse>& codecs) {
  if (codecs.size() < 2) return {};
  std::string out;
  for (const auto& use : codecs)
    out += (out.empty() ? "" : ", ") + use.codec + " " + base::human_bytes(use.stored);
  return "stored as " + out + "\n";
}

std::string codec_table(const repo::Use& use) {
  const auto line = [](const std::string& chunks, const std::string& unique,
                       const std::string& stored, const std::string& share,
                       const std::string& codec) {
    return fmt::format("{:>10} {:>10} {:>10} {:>8}  {}\n", chunks, unique, stored, share, codec);
  };
  std::string out = "\n" + line("chunks", "unique", "stored", "share", "stored as");
  for (const auto& codec : use.codecs) {
    out += line(base::human_count(codec.chunks), base::human_bytes(codec.unique),
                base::human_bytes(codec.stored), share_of(codec.stored, codec.unique), codec.codec);
  }
  if (use.absent > 0) out += line("", base::human_bytes(use.absent), "-", "", "not in the store");
  return out;
}

void put(const repo::Use& use, Json& row) {
  row["logical_bytes"] = use.logical;
  row["unique_bytes"] = use.unique;
  row["stored_bytes"] = use.stored;
  row["absent_bytes"] = use.absent;
  auto& bytes = row["stored_by_codec"] = Json::object();
  auto& codecs = row["codecs"] = Json::array();
  for (const auto& codec : use.codecs) {
    bytes[codec.codec] = codec.stored;
    codecs.push_back({{"codec", codec.codec},
                      {"chunks", codec.chunks},
                      {"unique_bytes", codec.unique},
                      {"stored_bytes", codec.stored}});
  }
}

Json json_of(const repo::UsedVersion& version) {
  Json row = {{"oid", version.oid}, {"complete", version.lists_here}};
  put(version.added, row);
  if (version.commit.empty()) return row;
  row["commit"] = version.commit;
  row["subject"] = version.subject;
  row["time"] = version.time_s;
  return row;
}

Json json_of(const repo::UsageReport::Path& path, bool history) {
  Json row = {{"path", path.path}, {"versions", path.versions}};
  put(path.use, row);
  if (!history) return row;
  auto& versions = row["history"] = Json::array();
  for (const auto& version : path.history) versions.push_back(json_of(version));
  return row;
}

Result<Reply> run_du(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  repo::UsageOptions options;
  options.paths = call.arguments.words;
  options.history = call.arguments.has("history");
  CAIRN_TRY(const auto report, repo::usage(call.context, repository, options));
  Reply reply;
  reply.quietable = false;
  auto& paths = reply.json["paths"] = Json::array();
  reply.text = usage_line("all", "unique", "stored", "versions", "path");
  std::uint64_t versions = 0;
  for (const auto& path : report.paths) {
    paths.push_back(json_of(path, options.history));
    reply.text += usage_line(path.use, base::human_count(path.versions), shown(path.path));
    for (const auto& version : path.history) reply.text += version_line(version);
    versions += path.versions;
  }
  put(report.use, reply.json);
  reply.json["store_bytes"] = report.store_bytes;
  reply.text += usage_line(report.use, base::human_count(versions),
                           "together; the store holds " + base::human_bytes(report.store_bytes));
  reply.text +=
      call.arguments.has("codec") ? codec_table(report.use) : codec_line(report.use.codecs);
  return reply;
}

}  // namespace

Command du_command() {
  return {
      "du",
      Group::kKeep,
      "what paths and their versions take: all bytes, unique ones, and stored",
      {{"history", 0, Flag::Kind::kSwitch, "", "below each path what each of its versions added"},
       {"codec", 0, Flag::Kind::kSwitch, "", "a table of what is stored in which way"}},
      {{"PATH", 0, -1}},
      &run_du,
      "cairn du --history model.safetensors"};
}

}  // namespace cairn::cli
