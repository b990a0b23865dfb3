#include "repo/export.hpp"
#include "base/file.hpp"
#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"
#include "repo/import_archive.hpp"

namespace cairn::cli {

namespace {

// A file that stands under its name only when all of it was written.
Status write_whole(const std::string& path, bool force,
                   const std::function<Status(base::Fd&)>& write) {
  const auto temporary = path + ".cairn-part";
  CAIRN_CHECK(base::remove_file(temporary));
  const auto attempt = [&]() -> Status {
    CAIRN_TRY(auto file, base::create_new(temporary, 0666));
    CAIRN_CHECK(write(file));
    CAIRN_CHECK(base::sync_file(file, temporary));
    CAIRN_CHECK(base::close_file(std::move(file), temporary));
    return force ? base::rename_replace(temporary, path) : base::rename_new(temporary, path);
  };
  auto written = attempt();
  if (written) return {};
  (void)base::remove_file(temporary);
  if (written.error().code() != Code::kExists) return written;
  return Error(Code::kConflict, shown(path) + " exists")
      .hint("`--force` replaces it")
      .slug("local-changes");
}

Result<repo::CheckoutReport> export_as_tar(const Invocation& call, repo::Repository& repository,
                                           const repo::RestoreOptions& options) {
  if (options.to == "-" || options.dry_run) {
    const auto sink = [&](base::ByteView bytes) { return call.out(base::text_of(bytes)); };
    return repo::export_tar(call.context, repository, options, sink);
  }
  const auto path = base::path_from(call.environment.directory, options.to);
  repo::CheckoutReport report;
  const auto write = [&](base::Fd& file) -> Status {
    std::uint64_t at = 0;
    const auto sink = [&](base::ByteView bytes) -> Status {
      CAIRN_CHECK(base::pwrite_all(file, bytes, at, path));
      at += bytes.size();
      return {};
    };
    CAIRN_TRY(report, repo::export_tar(call.context, repository, options, sink));
    return {};
  };
  CAIRN_CHECK(write_whole(path, options.force, write));
  return report;
}

Result<Reply> run_export(const Invocation& call) {
  const auto form = call.arguments.value("to");
  const auto output = call.arguments.value("output");
  if (form != "plain" && form != "tar")
    return Error(Code::kUsage, "`--to` takes `plain` or `tar`")
        .hint("`cairn export --to tar v1 data -o data.tar`");
  if (output.empty() || (output == "-" && form == "plain"))
    return Error(Code::kUsage, "`cairn export` needs `-o OUT`")
        .hint("a folder for `--to plain`, a file or `-` for `--to tar`");
  CAIRN_TRY(auto repository, call.repository());
  repo::RestoreOptions options;
  const auto& words = call.arguments.words;
  options.revision = words.front();
  options.paths.assign(words.begin() + 1, words.end());
  options.include = call.arguments.list("include");
  options.exclude = call.arguments.list("exclude");
  options.strip = call.arguments.value("strip");
  options.to = output;
  options.dry_run = call.arguments.has("dry-run");
  options.force = call.arguments.has("force");
  options.remote = call.arguments.value("remote");
  options.offline = call.offline;
  CAIRN_TRY(const auto report, form == "tar" ? export_as_tar(call, repository, options)
                                             : repo::restore(call.context, repository, options));
  Reply reply;
  reply.json = to_json(report);
  reply.json["to"] = output;
  reply.json["form"] = form;
  reply.json["fingerprint"] = report.fingerprint;
  if (output == "-" && !options.dry_run) {
    reply.json = Json();  // standard output has the archive
    return reply;
  }
  reply.text = checkout_text(report, options.dry_run ? "would write" : "wrote");
  return reply;
}

Result<Reply> run_import_archive(const Invocation& call) {
  repo::ImportArchiveOptions options;
  options.file = call.arguments.words[0];
  options.path = call.arguments.words[1];
  options.dry_run = call.arguments.has("dry-run");
  options.force = call.arguments.has("force");
  std::optional<std::uint64_t> max_bytes;
  std::string expect;
  CAIRN_CHECK(parse_limits(call.arguments, max_bytes, expect));
  options.max_bytes = max_bytes.value_or(0);
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::import_archive(call.context, repository, options));
  Reply reply;
  reply.json = {{"dry_run", options.dry_run},    {"path", report.path},
                {"files", report.files},         {"links", report.links},
                {"bytes", report.bytes},         {"stored_bytes", report.stored_bytes},
                {"unchanged", report.unchanged}, {"staged", report.staged}};
  reply.text = std::string(options.dry_run ? "would import " : "imported ") + shown(report.path) +
               ": " + counted(report.files, "file") + ", " + base::human_bytes(report.bytes) + "\n";
  if (!options.dry_run)
    reply.text += "staged " + joined(report.staged) + "\nnext: git commit; cairn checkout " +
                  shown(report.path) + " writes the files\n";
  return reply;
}

}  // namespace

Command export_command() {
  return {
      "export",
      Group::kShare,
      "write a version in a form that needs no cairn: plain files, or tar",
      {kDryRun,
       kForce,
       kInclude,
       kExclude,
       kRemote,
       {"to", 0, Flag::Kind::kValue, "FORM", "plain or tar"},
       {"strip", 0, Flag::Kind::kValue, "PREFIX", "leave this leading part of the paths away"},
       {"output", 'o', Flag::Kind::kValue, "OUT", "the folder, or the file; - is standard output"}},
      {{"REV", 1, 1}, {"PATH", 0, -1}},
      &run_export,
      "cairn export --to tar v1 data/images -o images.tar"};
}

Command import_archive_command() {
  return {"import archive",
          Group::kStart,
          "track the members of an archive as a folder",
          {kDryRun,
           kForce,
           {"max-bytes", 0, Flag::Kind::kValue, "N", "fail when the members have more than this"}},
          {{"FILE", 1, 1}, {"PATH", 1, 1}},
          &run_import_archive,
          "cairn import archive images.tar.zst data/images"};
}

}  // namespace cairn::cli
