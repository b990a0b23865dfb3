#include <fmt/core.h>

#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

std::string usage_line(const std::string& logical, const std::string& unique,
                       const std::string& stored, const std::string& versions,
                       const std::string& path) {
  return fmt::format("{:>10} {:>10} {:>10} {:>8}  {}\n", logical, unique, stored, versions, path);
}

// Nothing to tell where all is stored in the same way.
std::string codec_line(const repo::UsageReport::Codecs& codecs) {
  if (codecs.size() < 2) return {};
  std::string out;
  for (const auto& [codec, bytes] : codecs)
    out += (out.empty() ? "" : ", ") + codec + " " + base::human_bytes(bytes);
  return "stored as " + out + "\n";
}

Result<Reply> run_du(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::usage(call.context, repository, call.arguments.words));
  Reply reply;
  reply.quietable = false;
  auto& paths = reply.json["paths"] = Json::array();
  reply.text = usage_line("all", "unique", "stored", "versions", "path");
  std::uint64_t versions = 0;
  for (const auto& path : report.paths) {
    paths.push_back({{"path", path.path},
                     {"versions", path.versions},
                     {"logical_bytes", path.logical},
                     {"unique_bytes", path.unique},
                     {"stored_bytes", path.stored},
                     {"stored_by_codec", path.codecs}});
    reply.text += usage_line(base::human_bytes(path.logical), base::human_bytes(path.unique),
                             base::human_bytes(path.stored), base::human_count(path.versions),
                             shown(path.path));
    versions += path.versions;
  }
  reply.json["logical_bytes"] = report.logical;
  reply.json["unique_bytes"] = report.unique;
  reply.json["stored_bytes"] = report.stored;
  reply.json["stored_by_codec"] = report.codecs;
  reply.json["store_bytes"] = report.store_bytes;
  reply.text += usage_line(base::human_bytes(report.logical), base::human_bytes(report.unique),
                           base::human_bytes(report.stored), base::human_count(versions),
                           "together; the store holds " + base::human_bytes(report.store_bytes));
  reply.text += codec_line(report.codecs);
  return reply;
}

}  // namespace

Command du_command() {
  return {"du",
          Group::kKeep,
          "what paths and their versions take: all bytes, unique ones, and stored",
          {},
          {{"PATH", 0, -1}},
          &run_du,
          "cairn du data/images"};
}

}  // namespace cairn::cli
