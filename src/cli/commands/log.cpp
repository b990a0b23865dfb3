#include "repo/log.hpp"

#include <fmt/core.h>

#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

std::string date_of(std::int64_t seconds) {
  const auto time = static_cast<std::time_t>(seconds);
  struct tm parts {};
  ::gmtime_r(&time, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02} UTC", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min);
}

Json json_of(const repo::LogEntry& entry) {
  Json row = {{"commit", entry.commit},
              {"author", entry.author},
              {"time", entry.time_s},
              {"subject", entry.subject}};
  if (entry.pointer) {
    row["oid"] = entry.pointer->oid.hex();
    row["size"] = entry.pointer->size_bytes;
    if (entry.pointer->kind == format::Pointer::Kind::kFolder) row["files"] = entry.pointer->files;
  }
  if (entry.change) {
    row["files_added"] = entry.change->added;
    row["files_removed"] = entry.change->removed;
    row["files_changed"] = entry.change->changed;
    row["old_bytes"] = entry.change->old_bytes;
    row["new_bytes"] = entry.change->new_bytes;
  }
  if (!entry.file_id.empty()) row["file_oid"] = entry.file_id;
  row["path"] = entry.tracked;
  if (!entry.moved_from.empty()) row["moved_from"] = entry.moved_from;
  return row;
}

std::string moved_text(const repo::LogEntry& entry) {
  return "moved from " + shown(entry.moved_from);
}

bool changes_files(const repo::LogEntry& entry) {
  return entry.change && entry.change->added + entry.change->removed + entry.change->changed > 0;
}

// "9f2c1a…  9.8 MB  4 123 files  +12 -3 ~1"
std::string version_text(const repo::LogEntry& entry) {
  std::string what = "removed";
  const bool folder = entry.pointer && entry.pointer->kind == format::Pointer::Kind::kFolder;
  if (entry.pointer) {
    what = entry.pointer->oid.short_hex() + "  " + base::human_bytes(entry.pointer->size_bytes);
    if (folder) what += "  " + counted(entry.pointer->files, "file");
  }
  const bool moved = !entry.moved_from.empty();
  if (moved) what += "  " + moved_text(entry);
  if (moved && !folder && changes_files(entry)) what += ", changed";
  if (!folder || !entry.change || (moved && !changes_files(entry))) return what;
  return what + "  +" + base::human_count(entry.change->added) + " -" +
         base::human_count(entry.change->removed) + " ~" + base::human_count(entry.change->changed);
}

// Of one file or folder inside: what happened to it.
std::string inside_text(const repo::LogEntry& entry) {
  if (!entry.moved_from.empty() && !changes_files(entry)) return moved_text(entry);
  const auto& change = *entry.change;
  const auto files = change.added + change.removed + change.changed;
  std::string what = change.added == files     ? "added"
                     : change.removed == files ? "removed"
                                               : "changed";
  if (files > 1) {
    what = "+" + base::human_count(change.added) + " -" + base::human_count(change.removed) + " ~" +
           base::human_count(change.changed);
  }
  if (!entry.moved_from.empty()) what = moved_text(entry) + "  " + what;
  if (!entry.file_id.empty()) what += "  " + entry.file_id.substr(0, 12);
  const auto bytes = [](std::uint64_t count) { return base::human_bytes(count); };
  if (change.added == files) return what + "  " + bytes(change.new_bytes);
  if (change.removed == files) return what + "  " + bytes(change.old_bytes);
  return what + "  " + bytes(change.old_bytes) + " -> " + bytes(change.new_bytes);
}

Result<Reply> run_log(const Invocation& call) {
  repo::LogOptions options;
  options.path = call.arguments.words[0];
  options.revision = call.arguments.value("rev");
  std::uint64_t limit = 0;
  const auto typed = call.arguments.value("max-count");
  if (!typed.empty() && (!base::parse_u64(typed, limit) || limit == 0))
    return Error(Code::kUsage, "`-n` takes a number from 1 on, not `" + shown(typed) + "`");
  if (limit != 0) options.limit = static_cast<std::size_t>(limit);
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::log(call.context, repository, options));
  Reply reply;
  reply.quietable = false;
  reply.json["path"] = report.tracked;
  if (!report.inside.empty()) reply.json["inside"] = report.inside;
  auto& list = reply.json["versions"] = Json::array();
  for (const auto& entry : report.entries) {
    list.push_back(json_of(entry));
    reply.text += entry.commit.substr(0, 12) + "  " + date_of(entry.time_s) + "  " +
                  (report.inside.empty() ? version_text(entry) : inside_text(entry)) + "  " +
                  shown(entry.subject) + " (" + shown(entry.author) + ")\n";
  }
  return reply;
}

}  // namespace

Command log_command() {
  return {"log",
          Group::kWork,
          "versions of a path, or of a file inside a folder, newest first",
          {{"max-count", 'n', Flag::Kind::kValue, "N", "at most N versions"},
           {"rev", 0, Flag::Kind::kValue, "REV", "start at this revision, else HEAD"}},
          {{"PATH", 1, 1}},
          &run_log,
          "cairn log -n 5 data/images"};
}

}  // namespace cairn::cli
