#include <unordered_map>
#include <utility>

#include "sync/remote_table.hpp"
#include "sync/request_counter.hpp"
#include "sync/transfer.hpp"

namespace cairn::sync {
namespace {

Result<Confirmation> confirm_root(RemoteView& view, const std::string& project,
                                  const Digest& closure) {
  const auto negative = [](std::string why) { return Confirmation{false, std::move(why)}; };
  const auto is_an_answer = [](const Error& error) {
    return error.code() == Code::kMissing || error.code() == Code::kCorrupt;
  };
  const auto root = view.read_root(project, closure);
  if (!root.ok()) {
    return is_an_answer(root.error()) ? Result<Confirmation>(negative(root.error().message()))
                                      : root.error();
  }
  if (!*root) return negative("no root");
  const auto table = read_table(view, (*root)->root);
  if (!table.ok()) {
    return is_an_answer(table.error()) ? Result<Confirmation>(negative(table.error().message()))
                                       : table.error();
  }
  CAIRN_CHECK(view.need_packs());
  CAIRN_TRY(auto fault, fault_of_version(view, *table, Judge::kPresent, nullptr));
  return fault ? negative(*std::move(fault)) : Confirmation{true, {}};
}

}  // namespace

Result<std::vector<Confirmation>> confirm_versions(const Context& context, Remote& remote,
                                                   const std::vector<Version>& versions,
                                                   const std::string& project) {
  RequestCounter counted(remote);
  RemoteView view(context, counted);
  CAIRN_TRY(const bool ready, view.read_config());
  std::unordered_map<Digest, Confirmation> known;
  std::vector<Confirmation> out;
  for (const Version& version : versions) {
    const auto closure = version.pointer.closure_id();
    if (!closure) {
      out.push_back({true, {}});  // an empty file needs nothing
      continue;
    }
    if (!ready) {
      out.push_back({false, "the remote is empty (no cairn.json)"});
      continue;
    }
    const auto at = known.find(*closure);
    if (at == known.end()) {
      CAIRN_TRY(known[*closure], confirm_root(view, project, *closure));
    }
    out.push_back(known[*closure]);
  }
  return out;
}

}  // namespace cairn::sync
