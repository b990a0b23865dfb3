#include "repo/fetch_order.hpp"

#include <algorithm>
#include <optional>

#include "base/text.hpp"
#include "repo/details.hpp"
#include "repo/tree_state.hpp"

namespace cairn::repo {

namespace {

// All of them, because all must be asked for before it is worth to try again.
Error archived(const std::vector<std::string>& keys, const std::string& remote) {
  Error error(Code::kMissing, base::human_count(keys.size()) + " object(s) on `" +
                                  base::printable(remote) +
                                  "` lie in an archive class and can't be read now");
  for (const auto& key : keys) std::move(error).detail(key);
  return std::move(error)
      .hint("ask the store to restore these objects, then run the command again")
      .slug("archived-object");
}

Error incomplete(const sync::FetchReport& fetched, const std::string& remote) {
  if (!fetched.archived.empty()) return archived(fetched.archived, remote);
  const std::string what =
      base::human_count(fetched.missing.size()) + " version(s) or file(s) are ";
  if (fetched.damaged) {
    return with_first(Error(Code::kCorrupt, what + "damaged on `" + base::printable(remote) + "`"),
                      fetched.missing)
        .hint("`cairn fsck -r " + base::printable(remote) + "` tells what is hit there")
        .hint("`cairn fetch -r NAME` tries another remote")
        .slug("corrupt-data");
  }
  return with_first(
             Error(Code::kMissing, what + "not complete on `" + base::printable(remote) + "`"),
             fetched.missing)
      .hint("whoever made this version can bring it: `cairn push` in their clone")
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
  CAIRN_CHECK(from.source->prepare());
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
  return ask.dry_run || !ask.note ? Status()
                                  : note_pushed(ask.repository, setting.name, fetched.rooted);
}

// Also a job without credentials may read elsewhere: a mirror over plain HTTPS, an open bucket.
bool closed(const Error& error) {
  return error.code() == Code::kNetwork || error.code() == Code::kUnauthenticated;
}
bool next_may_help(const Error& error) {
  return closed(error) || error.code() == Code::kMissing || error.code() == Code::kCorrupt;
}

// A remote that could not be reached, or was closed to us, may have had what the others lack: its
// failure is the answer then.
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

Result<FetchCommandReport> fetch_in_order(const FarFetch& ask, ReadingOrder& order) {
  FetchCommandReport report;
  report.versions = ask.versions;
  report.dry_run = ask.dry_run;
  std::optional<Error> no_answer;
  for (std::size_t i = 0; i < order.size(); ++i) {
    Status done = fetch_from(ask, order[i], report);
    if (done.ok()) return report;
    Error error = std::move(done).error();
    if (!next_may_help(error)) return error;
    if (i + 1 == order.size()) return no_answer && !closed(error) ? *std::move(no_answer) : error;
    ask.context.log.warn("remote `" + order[i].setting.name + "`: " + error.message() +
                         "; trying `" + order[i + 1].setting.name + "`");
    if (closed(error) && !no_answer) no_answer = std::move(error);
  }
  return report;
}

}  // namespace cairn::repo
