#include "repo/dvc_project.hpp"

#include <fcntl.h>

#include "base/file.hpp"
#include "base/text.hpp"
#include "foreign/dvc_hash.hpp"
#include "repo/trust.hpp"
#include "workdir/tree_text.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kMaxConfigBytes = std::size_t{1} << 20;
constexpr std::size_t kPieceBytes = std::size_t{8} << 20;

using Origin = foreign::DvcConfigOrigin;

Status add_config(std::string_view text, const std::string& path, Origin origin,
                  foreign::DvcSettings& settings) {
  auto added = foreign::add_dvc_config(text, base::parent_of(path), origin, settings);
  if (!added) return std::move(added).error().with("`" + base::printable(path) + "`");
  return {};
}

Status add_users_config(const std::string& path, foreign::DvcSettings& settings) {
  CAIRN_TRY(const auto bytes, base::read_file_if_exists(path, kMaxConfigBytes));
  return bytes ? add_config(base::text_of(*bytes), path, Origin::kOwn, settings) : Status();
}

// `path` counts from the top. What git tracks is committed, whatever its name.
Status add_projects_config(const Repository& repository, const std::string& path, Origin origin,
                           foreign::DvcSettings& settings) {
  CAIRN_TRY(const auto text, workdir::read_text(repository.tree(), path, kMaxConfigBytes));
  if (!text) return {};
  CAIRN_TRY(const auto tracked, repository.git().tracked_below(path));
  return add_config(*text, base::join(repository.git().paths().top, path),
                    tracked.empty() ? origin : Origin::kCommitted, settings);
}

// In the words of ours: the options that both have.
config::RemoteSetting setting_of(const std::string& name, const foreign::DvcRemote& remote) {
  config::RemoteSetting out{name, remote.url, remote.committed, {}};
  const auto take = [&](const char* theirs, const char* ours) {
    const auto found = remote.options.find(theirs);
    if (found != remote.options.end()) out.options[ours] = found->second;
    return found != remote.options.end();
  };
  take("region", "region");
  take("profile", "profile");
  if (take("endpointurl", "endpoint") && out.options["endpoint"].starts_with("http://"))
    out.options["allow-http"] = trust_place(out).host;
  return out;
}

Error unsupported(const std::string& name, const std::string& url) {
  return Error(Code::kUsage, "DVC's remote `" + base::printable(name) + "` is " +
                                 base::printable(url) + ", which cairn does not read")
      .hint("`dvc fetch --all-commits` brings its data into DVC's cache, where it is found")
      .slug("unsupported-remote");
}

bool has_backend(const std::string& url) {
  return url.find("://") == std::string::npos || url.starts_with("s3://") ||
         url.starts_with("file://") || url.starts_with("http://") || url.starts_with("https://");
}

}  // namespace

Result<std::optional<base::Fd>> open_plain_file(const std::string& path) {
  // Without O_NONBLOCK a pipe of that name would be waited for.
  base::Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd.valid()) {
    if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return std::optional<base::Fd>();
    return base::errno_error("open", path, errno);
  }
  struct ::stat info {};
  if (::fstat(fd.get(), &info) != 0) return base::errno_error("look at", path, errno);
  if (!S_ISREG(info.st_mode)) return std::optional<base::Fd>();
  return std::optional<base::Fd>(std::move(fd));
}

DvcProject::DvcProject(const Repository& repository, std::string folder)
    : repository_(&repository), folder_(std::move(folder)) {}

Result<DvcProject> DvcProject::find(const Repository& repository, std::string folder) {
  for (; !folder.empty(); folder = base::parent_of(folder)) {
    CAIRN_TRY(const bool here, workdir::has_text(repository.tree(), folder + "/.dvc/config"));
    if (here) break;
  }
  DvcProject out(repository, folder);
  const auto own = base::join(folder, ".dvc");
  const auto& user = repository.environment().config_directory;
  if (!user.empty()) CAIRN_CHECK(add_users_config(base::join(user, "dvc/config"), out.settings_));
  CAIRN_CHECK(add_projects_config(repository, base::join(own, "config"), Origin::kCommitted,
                                  out.settings_));
  CAIRN_CHECK(add_projects_config(repository, base::join(own, "config.local"), Origin::kOwn,
                                  out.settings_));
  out.cache_ = out.settings_.cache_directory;
  if (out.cache_.empty())
    out.cache_ = base::join(repository.git().paths().top, base::join(own, "cache"));
  return out;
}

std::string DvcProject::cached_path(const foreign::DvcObject& object) const {
  return base::join(cache_, object.key());
}

Result<std::optional<base::Fd>> DvcProject::open_cached(const foreign::DvcObject& object) const {
  return open_plain_file(cached_path(object));
}

Result<std::unique_ptr<Remote>> DvcProject::open_remote(const std::string& name) const {
  const auto found = settings_.remotes.find(name);
  if (found == settings_.remotes.end()) {
    return Error(Code::kUsage, "DVC's settings know no remote `" + base::printable(name) + "`")
        .hint("`dvc remote list` shows them")
        .slug("no-remote");
  }
  constexpr std::string_view kOther = "remote://";
  auto setting = setting_of(found->first, found->second);
  if (setting.url.starts_with(kOther)) {  // a folder below another remote
    const auto rest = setting.url.substr(kOther.size());
    const auto slash = std::min(rest.find('/'), rest.size());
    const auto base_of = settings_.remotes.find(rest.substr(0, slash));
    if (base_of == settings_.remotes.end()) return unsupported(name, setting.url);
    setting = setting_of(found->first, base_of->second);
    setting.url = base::join(setting.url, rest.substr(slash));
  }
  if (!has_backend(setting.url)) return unsupported(name, setting.url);
  // A directory is read under names that are digests, and what does not match is not taken.
  setting.committed = setting.committed && setting.url.find("://") != std::string::npos &&
                      !setting.url.starts_with("file://");
  const auto trusted = check_trust(*repository_, setting);
  if (!trusted && trusted.error().code() == Code::kUntrusted) {
    const auto place = trust_place(setting);
    return Error(Code::kUntrusted, "DVC's remote `" + base::printable(name) + "` is " +
                                       base::printable(place.text) +
                                       ", which only .dvc/config names: nothing was sent there")
        .hint("CAIRN_TRUST=" + base::printable(place.host) + " allows it for one command")
        .slug("untrusted");
  }
  CAIRN_CHECK(trusted);
  return repository_->environment().open_remote({setting.name, setting.url, setting.options});
}

Result<Remote*> DvcProject::remote(const std::string& name) const {
  const auto wanted = name.empty() ? settings_.default_remote : name;
  if (wanted.empty()) return static_cast<Remote*>(nullptr);
  const std::scoped_lock lock(opened_->mutex);
  auto& place = opened_->remotes[wanted];
  if (!place) {
    CAIRN_TRY(place, open_remote(wanted));
  }
  return place.get();
}

Result<base::Fd> download_object(const Context& context, Remote& remote,
                                 const foreign::DvcObject& object, const std::string& directory) {
  const auto key = object.key();
  const auto shown = "`" + key + "` on " + remote.describe();
  CAIRN_TRY(const auto info, remote.stat(key, context.stop));
  if (!info) return Error(Code::kMissing, shown + " is not there");
  base::Fd file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file.valid()) return base::errno_error("make a file in", directory, errno);
  std::vector<std::uint8_t> piece(
      static_cast<std::size_t>(std::min<std::uint64_t>(kPieceBytes, info->size_bytes)));
  for (std::uint64_t at = 0; at < info->size_bytes; at += piece.size()) {
    const auto out = std::span(piece).first(
        static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), info->size_bytes - at)));
    CAIRN_CHECK(remote.get_range(key, at, out, context.stop));
    CAIRN_CHECK(base::pwrite_all(file, out, at, directory));
  }
  CAIRN_TRY(const bool right, foreign::is_object(file, shown, object));
  if (right) return file;
  return Error(Code::kCorrupt, shown + " has other bytes than its name says");
}

}  // namespace cairn::repo
