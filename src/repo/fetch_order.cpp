#include "repo/fetch_order.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/counted.hpp"
#include "base/error_lines.hpp"
#include "base/text.hpp"
#include "repo/details.hpp"
#include "repo/tree_state.hpp"

namespace cairn::repo {

namespace {

// All of them, because all must be asked for before it is worth to try again.
Error archived(const std::vector<std::string>& keys, const std::string& remote) {
  Error error(Code::kMissing, base::counted(keys.size(), "object") + " on `" +
                                  base::printable(remote) +
                                  "` in an archive class, which nobody can read now");
  for (const auto& key : keys) base::add_detail(error, key);
  return std::move(error)
      .hint("ask the store to restore these objects, then run the command again")
      .slug("archived-object");
}

Error incomplete(const sync::FetchReport& fetched, const std::string& remote) {
  if (!fetched.archived.empty()) return archived(fetched.archived, remote);
  const auto count = fetched.missing.size();
  const auto what = count == 1 ? std::string("1 version or file is ")
                               : base::human_count(count) + " versions or files are ";
  if (fetched.damaged) {
    return with_first(Error(Code::kCorrupt, what + "damaged on `" + base::printable(remote) + "`"),
                      fetched.missing)
        .hint("`cairn fsck -r " + base::printable(remote) + "` tells what is hit there")
        .hint("`cairn fetch -r NAME` tries another remote")
        .slug("corrupt-data");
  }
  if (fetched.too_new) {
    return with_first(Error(Code::kTooNew, what + "stored on `" + base::printable(remote) +
                                               "` in a way that this cairn can't read"),
                      fetched.missing);
  }
  return with_first(
             Error(Code::kMissing, what + "not complete on `" + base::printable(remote) + "`"),
             fetched.missing)
      .hint("whoever made this version can bring it: `cairn push` in their clone")
      .hint("where that says it is complete, `cairn push --repair` looks closer")
      .hint("`cairn fetch -r NAME` tries another remote")
      .slug("missing-object");
}

// What is there comes, verified chunk by chunk; incomplete() when that was not all of it.
Status fetch_from(const FarFetch& ask, FarRemote& from, FetchCommandReport& report) {
  const config::RemoteSetting& setting = from.setting;
  if (!from.source) {
    CAIRN_TRY(from.remote, ask.repository.open_remote(setting));
    from.source = std::make_unique<sync::FetchSource>(ask.context, *from.remote);
  }
  auto ready = from.source->prepare();
  from.away = !ready.ok();
  if (from.away) return ready;
  CAIRN_TRY(const auto fetched, ask.bring(*from.source));
  report.chunks += fetched.chunks;
  report.downloaded_bytes += fetched.downloaded_bytes;
  report.plain_bytes += fetched.plain_bytes;
  report.requests += fetched.requests;
  if (fetched.chunks > 0 || report.remote.empty())
    report.remote += (report.remote.empty() ? "" : ", ") + setting.name;
  if (!fetched.missing.empty()) return incomplete(fetched, setting.name);
  // Only these: of a version that was whole here already nothing was asked, and it may never have
  // been pushed.
  if (ask.dry_run || !ask.note) return {};
  auto noted = note_pushed(ask.repository, setting.name, fetched.rooted);
  if (!noted && noted.error().code() == Code::kPermission) return {};  // a clone of another user
  return noted;
}

// Also a job without credentials, or that trusts nothing of a fork, may read elsewhere: a mirror
// over plain HTTPS, an open bucket. And a disk that is not mounted says nothing of the other
// places.
bool closed(const FarRemote& from, const Error& error) {
  const Code code = error.code();
  return code == Code::kNetwork || code == Code::kUnauthenticated || code == Code::kUntrusted ||
         (from.away && (code == Code::kIo || code == Code::kPermission));
}
bool next_may_help(const FarRemote& from, const Error& error) {
  return closed(from, error) || error.code() == Code::kMissing || error.code() == Code::kCorrupt;
}

// One line: which remote, why, and what it is about.
std::string in_short(const FarRemote& from, const Error& error) {
  const std::string name = "remote `" + from.setting.name + "`";
  std::string text = error.message().starts_with(name) ? "" : name + ": ";
  text += error.message();
  if (!error.details().empty()) text += ", first: " + error.details().front();
  return text;
}

// What went wrong, and what the other remotes said.
Error with_others(Error error, const std::vector<std::string>& others) {
  for (const auto& line : others) {
    Error longer = std::move(error).detail("asked too: " + line);
    error = std::move(longer);
  }
  return error;
}

}  // namespace

// One remote when it is named, else those of cairn.read-remotes, else the default one.
Result<ReadingOrder> reading_order(const Repository& repository, const std::string& typed) {
  ReadingOrder order;
  const auto& names = repository.settings().read_remotes;
  if (typed.empty()) {
    for (const auto& name : names) {
      CAIRN_TRY(auto setting, repository.remote_setting(name));
      order.push_back({std::move(setting)});
    }
  }
  if (!order.empty()) return order;
  CAIRN_TRY(auto setting, repository.remote_setting(typed));
  order.push_back({std::move(setting)});
  return order;
}

void add_fetched(const FetchCommandReport& more, FetchCommandReport& sum) {
  if (sum.remote.empty() || more.chunks > 0) sum.remote = more.remote;
  sum.versions = std::max(sum.versions, more.versions);
  sum.chunks += more.chunks;
  sum.downloaded_bytes += more.downloaded_bytes;
  sum.plain_bytes += more.plain_bytes;
  sum.requests += more.requests;
}

// A remote that could not be reached, or was closed to us, may have had what the others lack: its
// failure is the answer then.
Result<FetchCommandReport> fetch_in_order(const FarFetch& ask, ReadingOrder& order) {
  FetchCommandReport report;
  report.versions = ask.versions;
  report.dry_run = ask.dry_run;
  std::optional<Error> answer;
  bool answer_is_closed = false;
  std::vector<std::string> others;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const Status done = fetch_from(ask, order[i], report);
    if (done.ok()) return report;
    const Error& error = done.error();
    if (!next_may_help(order[i], error)) return error;
    const auto told = in_short(order[i], error);
    const bool expected = error.code() == Code::kUntrusted;  // as in any job of a pull request
    if (!expected && i + 1 < order.size() && std::exchange(order[i].told, told) != told)
      ask.context.log.warn(told + "; trying `" + order[i + 1].setting.name + "`");
    if (answer_is_closed) {
      others.push_back(told);
      continue;
    }
    if (i > 0) others.push_back(in_short(order[i - 1], *answer));
    answer = error;
    answer_is_closed = closed(order[i], error);
  }
  return answer ? Result<FetchCommandReport>(with_others(*std::move(answer), others)) : report;
}

}  // namespace cairn::repo
