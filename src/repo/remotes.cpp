// remote add, set, rm, check. A directory remote stands in this clone's git config: its path means nothing to others.
#include <algorithm>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "repo/operations.hpp"
#include "sync/transfer.hpp"

namespace cairn::repo {

namespace {

std::string url_key(const std::string& name) { return "cairn-remote." + name + ".url"; }

Status check_name(const std::string& name) {
  if (config::valid_remote_name(name)) return {};
  return Error(Code::kUsage, "`" + base::printable(name) + "` is not a remote name")
      .hint("letters, digits, `-` and `_`, starting with a letter or digit")
      .slug("bad-remote-name");
}

// A relative directory is kept as an absolute one: the command may be typed anywhere.
std::string stored_url(const Repository& repository, const std::string& url) {
  if (url.starts_with('/') || url.find("://") != std::string::npos) return url;
  return base::join(repository.environment().directory, url);
}

// Opens the backend once, so that a wrong scheme is told at once, and nothing else.
Status check_url(const Repository& repository, const std::string& name, const std::string& url) {
  for (const unsigned char c : url) {
    if (c < 0x20 || c == 0x7f) return Error(Code::kUsage, "a URL holds no control characters").slug("bad-url");
  }
  CAIRN_CHECK(repository.open_remote({name, url, false}));
  return {};
}

}  // namespace

Status remote_add(const Context&, Repository& repository, const RemoteAddOptions& options) {
  CAIRN_CHECK(check_name(options.name));
  const auto& known = repository.settings().remotes;
  if (std::ranges::find(known, options.name, &config::RemoteSetting::name) != known.end()) {
    return Error(Code::kUsage, "there is a remote `" + options.name + "` already")
        .hint("`cairn remote set " + options.name + " URL` changes it")
        .slug("remote-exists");
  }
  const auto url = stored_url(repository, options.url);
  CAIRN_CHECK(check_url(repository, options.name, url));
  CAIRN_CHECK(repository.git().set_config(url_key(options.name), url));
  if (!options.make_default && !known.empty()) return {};
  return repository.git().set_config("cairn.default-remote", options.name);
}

Status remote_set(const Context&, Repository& repository, const std::string& name, const std::string& typed) {
  CAIRN_CHECK(repository.remote_setting(name));
  const auto url = stored_url(repository, typed);
  CAIRN_CHECK(check_url(repository, name, url));
  return repository.git().set_config(url_key(name), url);
}

Status remote_remove(const Context&, Repository& repository, const std::string& name) {
  CAIRN_TRY(const auto setting, repository.remote_setting(name));
  if (repository.settings().default_remote == name) CAIRN_CHECK(repository.git().unset_config("cairn.default-remote"));
  if (!setting.committed) return repository.git().unset_config(url_key(name));
  const auto file = base::join(repository.git().paths().top, ".cairn/config");
  CAIRN_CHECK(repository.git().unset_config_file(file, url_key(name)));
  return repository.git().stage({".cairn/config"});
}

namespace {

// One probe object, its key made for this run, removed at the end.
class Prober {
 public:
  Prober(const Context& context, Remote& remote) : context_(context), remote_(remote) {
    std::uint8_t random[16];
    context.entropy.fill(random);
    key_ = "leases/" + base::to_hex(random) + ".probe";
  }

  std::vector<RemoteProbe> run() {
    probe("clock", remote_.now_ms(context_.stop));
    probe("list", remote_.list("roots/", [](const ObjectInfo&) -> Status { return {}; }, context_.stop));
    probe("format", sync::prepare_remote(context_, remote_, false));
    const std::uint8_t bytes[] = {1, 2, 3, 4};
    BytesSource source(bytes);
    probe("write", remote_.put(key_, source, PutCondition::kReplace, context_.stop));
    auto again = remote_.put(key_, source, PutCondition::kIfAbsent, context_.stop);
    const bool honoured = again && *again == PutOutcome::kAlreadyThere;
    steps_.push_back({"conditional write", again.ok(), again ? (honoured ? "honoured" : "ignored") : again.error().message()});
    std::uint8_t part[2];
    auto range = remote_.get_range(key_, 1, part, context_.stop);
    if (range && (part[0] != 2 || part[1] != 3)) range = Error(Code::kCorrupt, "a range gave other bytes");
    probe("read", std::move(range));
    probe("delete", remote_.remove(key_, context_.stop));
    return std::move(steps_);
  }

 private:
  template <typename T>
  void probe(const char* step, const Result<T>& result) {
    steps_.push_back({step, result.ok(), result.ok() ? "" : result.error().message()});
  }
  const Context& context_;
  Remote& remote_;
  std::string key_;
  std::vector<RemoteProbe> steps_;
};

}  // namespace

Result<std::vector<RemoteProbe>> remote_check(const Context& context, Repository& repository, const std::string& name) {
  CAIRN_TRY(const auto setting, repository.remote_setting(name));
  CAIRN_TRY(auto remote, repository.open_remote(setting));
  return Prober(context, *remote).run();
}

}  // namespace cairn::repo
