#include <string>

#include "base/bytes.hpp"
#include "sync/remote_view.hpp"
#include "sync/request_counter.hpp"
#include "sync/transfer.hpp"

namespace cairn::sync {

Error no_remote_here(const Remote& remote) {
  return Error(Code::kMissing, remote.describe() + " holds no cairn data (no cairn.json)")
      .hint("`cairn remote list` shows its place: is the disk mounted, is it the right prefix?")
      .hint("if nothing was pushed there yet: `cairn push` in a clone that has the data");
}

// The object is the same whoever writes it, so two that write it at once do no harm; read back, it
// tells whether the remote keeps what it is given.
Status prepare(RemoteView& view, MayCreate may_create) {
  Remote& remote = view.remote();
  CAIRN_TRY(const bool there, view.read_config());
  if (there) return {};
  if (may_create == MayCreate::kNo) return no_remote_here(remote);
  const std::string text = format::encode_remote_config();
  BytesSource source(base::view_of(text));
  CAIRN_CHECK(remote.put("cairn.json", source, PutCondition::kIfAbsent, view.context().stop));
  CAIRN_TRY(const bool written, view.read_config());
  if (written) return {};
  return Error(Code::kCorrupt,
               remote.describe() + " does not give back what was just written to it")
      .hint("cairn remote check");
}

Status prepare_remote(const Context& context, Remote& remote, bool may_create) {
  RequestCounter counted(remote);
  RemoteView view(context, counted);
  return prepare(view, may_create ? MayCreate::kYes : MayCreate::kNo);
}

std::optional<format::ClosureKind> closure_kind(const format::Pointer& pointer) {
  if (!pointer.closure_id()) return std::nullopt;
  if (pointer.kind == format::Pointer::Kind::kFolder) return format::ClosureKind::kManifest;
  return pointer.tree ? format::ClosureKind::kRecipe : format::ClosureKind::kChunk;
}

}  // namespace cairn::sync
