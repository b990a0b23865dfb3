#include <algorithm>

#include "base/file.hpp"
#include "base/shell.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/hooks.hpp"
#include "cli/format_reply.hpp"
#include "git/git_repo.hpp"
#include "repo/git_setup.hpp"

namespace cairn::cli {

namespace {

constexpr std::size_t kMaxNoteBytes = std::size_t{64} << 10;

// `inside` is the command in the clone; `started` is where it was typed.
Status set_remote(const Invocation& inside, const std::string& started, const std::string& url) {
  auto opened = inside.repository(kSilently);
  if (!opened) return std::move(opened).error();
  // A directory as typed is relative to where the command was started.
  const bool relative = !url.starts_with('/') && url.find("://") == std::string::npos;
  repo::RemoteAddOptions options{"origin", relative ? base::join(started, url) : url, true};
  const auto is_set = [&](const auto& remote) {
    return remote.name == options.name && remote.url == options.url;
  };
  if (std::ranges::any_of(opened->settings().remotes, is_set)) return {};  // before it was stopped
  return repo::remote_add(inside.context, *opened, options);
}

// Stands from the end of `git clone` to the end of the command, and says what was cloned: the same
// command again goes on from there.
std::string clone_note(const std::string& directory) {
  return base::join(directory, ".git/cairn/cloning");
}

Result<bool> is_unfinished(const std::string& directory, const std::string& url) {
  CAIRN_TRY(const auto note, base::read_file_if_exists(clone_note(directory), kMaxNoteBytes));
  return note && base::text_of(*note) == url;
}

Status note_clone(const std::string& directory, const std::string& url) {
  const auto note = clone_note(directory);
  CAIRN_CHECK(base::make_directories(base::parent_of(note)));
  return base::write_file_atomic(note, base::view_of(url), 0666, base::Durability::kCacheOnly);
}

// Nothing to do where an unfinished clone stands.
Status clone_code(const Invocation& call, const std::string& url, const std::string& directory) {
  CAIRN_TRY(const bool unfinished, is_unfinished(directory, url));
  if (unfinished) {
    call.context.log.note("going on with the clone in " + directory);
    return {};
  }
  const std::vector<std::string> quiet(call.quiet || call.json ? 1 : 0, "--quiet");
  CAIRN_CHECK(git::clone(url, directory, quiet, call.context.stop));
  return note_clone(directory, url);
}

// Whoever was interrupted is told to run the same command again.
Error with_way_on(Error error, const std::string& name) {
  if (error.code() == Code::kInterrupted) return error;
  return std::move(error).hint("cairn -C " + base::shell_quoted(name) +
                               " pull  # the git clone is done");
}

Result<Reply> run_clone(const Invocation& call) {
  const auto& words = call.arguments.words;
  CAIRN_TRY(const auto name, repo::clone_directory(words[0], words.size() > 1 ? words[1] : ""));
  const auto directory = base::path_from(call.environment.directory, name);
  const auto url = words[0].find(':') == std::string::npos && !words[0].starts_with('/')
                       ? base::join(call.environment.directory, words[0])
                       : words[0];
  CAIRN_CHECK(clone_code(call, url, directory));
  auto there = call.environment;
  there.directory = directory;
  const auto inside = call.at(there);
  if (const auto remote = call.arguments.value("remote-url"); !remote.empty())
    CAIRN_CHECK(set_remote(inside, call.environment.directory, remote));
  // What is to be told of the settings is told when the hooks are set up.
  CAIRN_TRY(auto repository, inside.repository(kSilently));
  CAIRN_CHECK(repo::set_up_drivers(repository.git(), call.environment.program));
  Reply reply;
  reply.json["directory"] = directory;
  reply.text = "cloned into " + shown(name) + "\n";
  CAIRN_TRY(const auto hooks, set_up_hooks(inside));
  reply.json["hooks"] = hooks.json;
  reply.text += hooks.text;
  if (repository.settings().remotes.empty()) {
    CAIRN_CHECK(base::remove_file(clone_note(directory)));
    reply.json["pulled"] = false;
    reply.text +=
        "no data was pulled: no remote is set up in this clone\nnext: cairn remote add NAME URL && "
        "cairn pull\n";
    return reply;
  }
  repo::FetchCommandOptions options;
  options.include = call.arguments.list("include");
  options.exclude = call.arguments.list("exclude");
  const auto pulled = repo::pull(call.context, repository, options, false);
  if (!pulled.ok()) return with_way_on(pulled.error(), name);
  CAIRN_CHECK(base::remove_file(clone_note(directory)));
  reply.json["pulled"] = true;
  reply.json["fetched"] = to_json(pulled->fetched);
  reply.json["checked_out"] = to_json(pulled->checked_out);
  reply.text += fetch_text(pulled->fetched) + checkout_text(pulled->checked_out, "wrote");
  return reply;
}

}  // namespace

Command clone_command() {
  static constexpr Flag kUrl{"remote-url", 0, Flag::Kind::kValue, "URL",
                             "the data remote of this clone, where it is a directory"};
  return {"clone",
          Group::kStart,
          "git clone, then pull the data: exact or fail",
          {kUrl, kInclude, kExclude, kNoHooks},
          {{"URL", 1, 1}, {"DIR", 0, 1}},
          &run_clone,
          "cairn clone git@host:acme/shop"};
}

}  // namespace cairn::cli
