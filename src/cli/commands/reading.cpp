#include "repo/reading.hpp"
#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"
#include "cli/inside_text.hpp"

#include <fmt/core.h>

namespace cairn::cli {

namespace {

constexpr Flag kRev{"rev", 0, Flag::Kind::kValue, "REV",
                    "of this revision, else of the pointers in the tree"};
constexpr Flag kAsked{"remote", 'r', Flag::Kind::kValue, "NAME",
                      "ask this remote for what is not here"};

repo::FileName file_name(const Invocation& call) {
  return {call.arguments.value("rev"), call.arguments.words[0], call.arguments.value("remote"),
          call.offline};
}

// The words name this one file, and not a folder that happens to have no other.
Result<bool> names_file(const repo::Repository& repository, const std::vector<std::string>& words,
                        const std::optional<repo::ListedFile>& only) {
  if (words.size() != 1 || !only || (only->type != 'f' && only->type != 'x')) return false;
  CAIRN_TRY(const auto path, repository.resolve_argument(words.front()));
  return only->path == path && repo::may_hold_tensors(path);
}

// The list of files stands without what is on a remote, too.
bool is_far_trouble(const Error& error) {
  return error.code() == Code::kMissing || error.code() == Code::kNetwork ||
         error.code() == Code::kUnauthenticated || error.code() == Code::kUntrusted ||
         error.code() == Code::kNotFound;
}

// Behind the line of the one file that was listed.
Status add_tensors(const Invocation& call, repo::Repository& repository, std::string& out) {
  const auto file = file_name(call);
  auto tensors = repo::tensors_of(call.context, repository, file);
  if (!tensors && !(file.remote.empty() && is_far_trouble(tensors.error()))) return tensors.error();
  if (!tensors) {
    if (call.json) out += ",\n  \"tensors\": null";
    call.context.log.note("its tensors are not listed: " + tensors.error().message() +
                          " (`cairn fetch " + shown(file.typed) + "` brings it)");
    return {};
  }
  if (call.json)
    out += ",\n  \"tensors\": " +
           tensors_json(*tensors).dump(-1, ' ', false, Json::error_handler_t::replace);
  if (!call.json) out += tensors_text(*tensors);
  return {};
}

Result<Reply> run_ls(const Invocation& call) {
  CAIRN_TRY(auto repository, call.repository());
  repo::ListOptions options;
  options.revision = call.arguments.value("rev");
  options.paths = call.arguments.words;
  std::string buffer;
  bool first = true;
  const auto flush = [&](std::size_t least) -> Status {
    if (buffer.size() < least) return {};
    CAIRN_CHECK(call.out(buffer));
    buffer.clear();
    return {};
  };
  std::optional<repo::ListedFile> only;
  const auto visit = [&](const repo::ListedFile& file) -> Status {
    only = first ? std::optional(file) : std::nullopt;
    if (call.json) {
      const Json row = {{"path", file.path},
                        {"type", std::string(1, file.type)},
                        {"size", file.size},
                        {"oid", file.id},
                        {"target", file.target}};
      buffer += std::string(first ? "" : ",\n") + "    " +
                row.dump(-1, ' ', false, Json::error_handler_t::replace);
    } else {
      buffer += fmt::format("{} {:>12} {} {}", file.type, file.size,
                            file.id.empty() ? "-" : file.id.substr(0, 12), shown(file.path));
      buffer += file.target.empty() ? "\n" : " -> " + shown(file.target) + "\n";
    }
    first = false;
    return flush(std::size_t{1} << 16);
  };
  if (call.json) buffer = "{\n  \"v\": 1,\n  \"files\": [\n";
  CAIRN_CHECK(repo::list_files(call.context, repository, options, visit));
  if (call.json) buffer += "\n  ]";
  CAIRN_TRY(const bool alone, names_file(repository, options.paths, only));
  if (alone) CAIRN_CHECK(add_tensors(call, repository, buffer));
  if (call.json) buffer += "\n}\n";
  CAIRN_CHECK(flush(0));
  Reply reply;
  reply.json = Json();
  return reply;
}

// "START-END" inclusive as in HTTP, "START-" to the end.
Status parse_range(const std::string& text, repo::CatOptions& options) {
  const auto cut = text.find('-');
  std::uint64_t first = 0, last = 0;
  const bool open_end = cut != std::string::npos && cut + 1 == text.size();
  const bool good = cut != std::string::npos && base::parse_u64(text.substr(0, cut), first) &&
                    (open_end || (base::parse_u64(text.substr(cut + 1), last) && last >= first));
  if (!good) {
    return Error(Code::kUsage, "`" + shown(text) + "` is not a range")
        .hint("`--range 0-99` gives the first hundred bytes, `--range 100-` the rest");
  }
  options.offset = first;
  if (!open_end) options.length = last - first + 1;
  return {};
}

Result<Reply> run_cat(const Invocation& call) {
  repo::CatOptions options;
  options.file = file_name(call);
  if (call.arguments.has("range")) CAIRN_CHECK(parse_range(call.arguments.value("range"), options));
  CAIRN_TRY(auto repository, call.repository());
  const bool tensor = call.arguments.has("tensor");
  const auto sink = [&](base::ByteView bytes) { return call.out(base::text_of(bytes)); };
  const repo::TensorCat inside{options.file, call.arguments.value("tensor"), options.offset,
                               options.length};
  CAIRN_CHECK(tensor ? repo::cat_tensor(call.context, repository, inside, sink)
                     : repo::cat(call.context, repository, options, sink));
  Reply reply;
  reply.json = Json();
  return reply;
}

}  // namespace

Command ls_command() {
  return {"ls",
          Group::kWork,
          "files of a version with sizes and ids, from pages alone",
          {kRev, kAsked},
          {{"PATH", 0, -1}},
          &run_ls,
          "cairn ls --rev v1 data/images"};
}

Command cat_command() {
  return {"cat",
          Group::kWork,
          "the bytes of one file of a version",
          {kRev,
           {"tensor", 0, Flag::Kind::kValue, "NAME",
            "the bytes of this tensor of a model, little-endian, and no others"},
           {"range", 0, Flag::Kind::kValue, "START-END", "only these bytes, both ends included"},
           kAsked},
          {{"FILE", 1, 1}},
          &run_cat,
          "cairn cat --range 0-99 data/images/labels.csv"};
}

}  // namespace cairn::cli
