// remote add, set, rm. A directory remote stands in this clone's git config: its path means
// nothing to others.
#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"
#include "config/remote_url.hpp"
#include "repo/committed_settings.hpp"
#include "repo/operations.hpp"
#include "repo/trust.hpp"
#include "repo/typed_place.hpp"
#include "repo/work_tree.hpp"

namespace cairn::repo {

namespace {

std::string remote_key(const std::string& name, const std::string& key) {
  return "cairn-remote." + name + "." + key;
}
std::string url_key(const std::string& name) { return remote_key(name, "url"); }
std::string committed_file(const Repository& repository) {
  return base::join(repository.git().paths().top, ".cairn/config");
}

Status check_name(const std::string& name) {
  if (config::valid_remote_name(name)) return {};
  return Error(Code::kUsage, "`" + base::printable(name) + "` is not a remote name")
      .hint("letters, digits, `.`, `-` and `_`, starting with a letter or digit")
      .slug("bad-remote-name");
}

// Opens the backend once, so that a wrong scheme is told at once, and nothing else.
Status check_url(const Repository& repository, const config::RemoteSetting& setting) {
  if (base::has_control_character(setting.url))
    return Error(Code::kUsage, "a URL holds no control characters").slug("bad-url");
  if (!config::is_directory_url(setting.url) && config::has_user_info(setting.url)) {
    return Error(Code::kUsage, "the URL holds a user name or password, which others would read")
        .hint("give the URL without it; cairn-s3(7) says where credentials come from")
        .slug("secret-in-url");
  }
  CAIRN_CHECK(repository.open_remote(setting));
  return {};
}

// Who types a setting that this kind of place never reads means another place.
Status refuse_unread(const config::RemoteSetting& setting) {
  if (setting.url.starts_with("s3://")) return {};
  const bool directory = config::is_directory_url(setting.url);
  for (const auto& [key, value] : setting.options) {
    if (!directory && (key == "ca-file" || key == "allow-http")) continue;
    return Error(Code::kUsage, "`--" + key + "` means nothing for " +
                                   (directory ? "a directory" : "a web server"))
        .hint("leave it out, or give the s3:// URL of a bucket");
  }
  return {};
}

// Writes url, options and, where asked, the default into the committed file, staged, or into this
// clone's git config.
Status write_setting(const Repository& repository, const config::RemoteSetting& setting,
                     bool is_default) {
  const auto& git = repository.git();
  const auto file = committed_file(repository);
  if (setting.committed) {
    CAIRN_CHECK(require_work_tree(repository));
    CAIRN_CHECK(bring_settings_here(git, repository.tree()));
  }
  const auto put = [&](const std::string& key, const std::string& value) {
    const bool committed = setting.committed && config::allowed_in_committed(key);
    return committed ? git.set_config_file(file, key, value) : git.set_config(key, value);
  };
  CAIRN_CHECK(put(url_key(setting.name), setting.url));
  for (const auto& [key, value] : setting.options)
    CAIRN_CHECK(put(remote_key(setting.name, key), value));
  if (is_default) CAIRN_CHECK(put("cairn.default-remote", setting.name));
  return setting.committed ? git.stage({".cairn/config"}) : Status();
}

// It would count from the top, and so be the repository itself.
Status refuse_empty(const std::string& url) {
  if (!url.empty()) return {};
  return Error(Code::kUsage, "an empty URL names no place")
      .hint("`cairn remote add NAME URL`; a directory is a URL too");
}

}  // namespace

Status remote_add(const Context&, Repository& repository, const RemoteAddOptions& options) {
  CAIRN_CHECK(check_name(options.name));
  CAIRN_CHECK(refuse_empty(options.url));
  const auto& known = repository.settings().remotes;
  if (std::ranges::find(known, options.name, &config::RemoteSetting::name) != known.end()) {
    return Error(Code::kUsage, "there is a remote `" + options.name + "` already")
        .hint("`cairn remote set " + options.name + " URL` changes it")
        .slug("remote-exists");
  }
  config::RemoteSetting setting{options.name,
                                typed_place(repository.environment().directory, options.url), false,
                                options.options};
  if (options.allow_http) setting.options["allow-http"] = trust_place(setting).host;
  CAIRN_CHECK(check_url(repository, setting));
  CAIRN_CHECK(refuse_unread(setting));
  setting.committed = !options.local && !config::is_directory_url(setting.url);
  if (options.dry_run) return {};
  CAIRN_CHECK(write_setting(repository, setting, options.make_default || known.empty()));
  return setting.committed ? add_trust(repository, setting) : Status();
}

Status remote_set(Repository& repository, const RemoteEditOptions& options) {
  CAIRN_CHECK(refuse_empty(options.url));
  CAIRN_TRY(auto setting, repository.remote_setting(options.name));
  const bool was_committed = setting.committed;
  setting.url = typed_place(repository.environment().directory, options.url);
  setting.committed = false;  // typed on this machine
  CAIRN_CHECK(check_url(repository, setting));
  setting.committed = was_committed && !config::is_directory_url(setting.url);
  if (options.dry_run) return {};
  if (!setting.committed) return repository.git().set_config(url_key(options.name), setting.url);
  CAIRN_CHECK(write_setting(repository, setting, false));
  return add_trust(repository, setting);
}

Status remote_remove(Repository& repository, const RemoteEditOptions& options) {
  const auto& name = options.name;
  CAIRN_TRY(const auto setting, repository.remote_setting(name));
  if (options.dry_run) return {};
  if (repository.settings().default_remote == name)
    CAIRN_CHECK(repository.git().unset_config("cairn.default-remote"));
  const auto file = committed_file(repository);
  if (setting.committed) {
    CAIRN_CHECK(require_work_tree(repository));
    CAIRN_CHECK(bring_settings_here(repository.git(), repository.tree()));
  }
  std::vector<std::string> keys{url_key(name)};
  for (const auto& [key, value] : setting.options) keys.push_back(remote_key(name, key));
  for (const auto& key : keys) {
    CAIRN_CHECK(repository.git().unset_config(key));
    if (setting.committed && config::allowed_in_committed(key))
      CAIRN_CHECK(repository.git().unset_config_file(file, key));
  }
  if (!setting.committed) return {};
  if (repository.settings().default_remote == name)
    CAIRN_CHECK(repository.git().unset_config_file(file, "cairn.default-remote"));
  CAIRN_CHECK(remove_trust(repository, setting));
  return repository.git().stage({".cairn/config"});
}

}  // namespace cairn::repo
