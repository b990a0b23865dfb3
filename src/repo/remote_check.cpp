// remote check: tries on the remote what pushing and pulling need, and ends where the rest could
// only fail for the same reason.
#include <algorithm>
#include <utility>

#include "base/bytes.hpp"
#include "base/text.hpp"
#include "repo/operations.hpp"
#include "sync/transfer.hpp"

namespace cairn::repo {

namespace {

constexpr std::size_t kSampleBytes = std::size_t{4} << 20;

std::string rate_text(std::int64_t elapsed_ms) {
  const auto ms = static_cast<std::uint64_t>(std::max<std::int64_t>(elapsed_ms, 1));
  return base::human_bytes(kSampleBytes * 1000 / ms) + "/s";
}

// Whoever cannot be reached, has no such bucket or does not know who asks fails every other step
// too.
bool is_for_all_steps(const Error& error) {
  return error.code() == Code::kNetwork || error.code() == Code::kUntrusted ||
         error.code() == Code::kInterrupted || error.slug() == "no-bucket" ||
         (error.code() == Code::kUnauthenticated && error.slug() != "access-denied");
}

std::string with_next_step(const Error& error) {
  return error.message() + (error.hints().empty() ? "" : "; " + error.hints().front());
}

// One probe object, its key made for this run, removed at the end.
class Prober {
 public:
  Prober(const Context& context, Remote& remote) : context_(context), remote_(remote) {
    std::uint8_t random[16];
    context.entropy.fill(random);
    key_ = "leases/" + base::to_hex(random) + ".probe";
  }

  Result<std::vector<RemoteProbe>> run() {
    try_all();
    if (written_) (void)take_away(true);  // the steps ended early
    if (context_.stop.stop_requested()) return Error(Code::kInterrupted, "interrupted");
    if (!unreachable_) {
      for (auto& fact : remote_.facts())
        steps_.push_back({std::move(fact.name), true, std::move(fact.value), true});
    }
    return std::move(steps_);
  }

 private:
  void try_all() {
    if (!probe("clock", remote_.now_ms(context_.stop))) return;
    const bool read_only = remote_.read_only();
    const auto visit = [](const ObjectInfo&) -> Status { return {}; };
    if (!read_only && !probe("list", remote_.list("roots/", visit, context_.stop))) return;
    const auto format = sync::prepare_remote(context_, remote_, false);
    if (!format && format.error().code() == Code::kMissing) {  // before the first push
      steps_.push_back({"format", true, "no data yet: cairn push"});
    } else if (!probe("format", format)) {
      return;
    }
    if (read_only) {
      steps_.push_back({"write", true, "read-only by its kind: not tried"});
    } else {
      try_writing();
    }
  }

  void try_writing() {
    const std::uint8_t bytes[] = {1, 2, 3, 4};
    BytesSource source(bytes);
    const auto put = remote_.put(key_, source, PutCondition::kReplace, context_.stop);
    written_ = put.ok();
    if (!probe("write", put) || !try_condition(source)) return;
    std::uint8_t part[2];
    auto range = remote_.get_range(key_, 1, part, context_.stop);
    if (range && (part[0] != 2 || part[1] != 3))
      range = Error(Code::kCorrupt, "a range gave other bytes");
    if (!probe("read", range)) return;
    if (steps_.back().ok) measure();
    probe("delete", take_away(std::exchange(written_, false)));
  }

  // Whoever may write but not delete leaves a name behind, and no bytes that somebody pays for.
  Status take_away(bool written) {
    Status removed = remote_.remove(key_, context_.stop);
    if (removed.ok() || !written || is_for_all_steps(removed.error())) return removed;
    BytesSource nothing({});
    const auto emptied = remote_.put(key_, nothing, PutCondition::kReplace, context_.stop);
    return Error(removed.error().code(), removed.error().message() + "; `" + key_ + "` stays" +
                                             (emptied.ok() ? ", emptied" : ""))
        .slug(removed.error().slug());
  }

  // Of a store that refuses, the remote knows it only once it was refused.
  bool try_condition(BytesSource& source) {
    const bool sent = remote_.sends_conditions();
    const auto again = remote_.put(key_, source, PutCondition::kIfAbsent, context_.stop);
    if (!again) return probe("conditional write", again);
    const bool accepted = remote_.sends_conditions();
    steps_.push_back({"conditional write", true,
                      !sent       ? "not sent: this store is known not to honour it"
                      : !accepted ? "refused: cairn looks before it writes"
                      : *again == PutOutcome::kAlreadyThere ? "honoured"
                                                            : "ignored"});
    return true;
  }

  // One object in one request each way: what a single stream gives.
  void measure() {
    std::vector<std::uint8_t> sample(kSampleBytes);
    context_.entropy.fill(sample);
    BytesSource source(sample);
    const auto begun = context_.clock.now_ms();
    const auto put = remote_.put(key_, source, PutCondition::kReplace, context_.stop);
    const auto stored = context_.clock.now_ms();
    const auto got = remote_.get(key_, kSampleBytes, context_.stop);
    const auto ended = context_.clock.now_ms();
    if (!put || !got || *got != sample) {
      const auto why = !put   ? put.error().message()
                       : !got ? got.error().message()
                              : "other bytes came back than were written";
      steps_.push_back({"sample", false, why});
      return;
    }
    steps_.push_back({"sample", true,
                      base::human_bytes(kSampleBytes) + " written at " + rate_text(stored - begun) +
                          ", read at " + rate_text(ended - stored)});
  }

  // Notes how a step went; false when that ends the check.
  template <typename T>
  bool probe(const char* step, const Result<T>& result) {
    if (result) {
      steps_.push_back({step, true, ""});
      return true;
    }
    const bool ends = is_for_all_steps(result.error());
    unreachable_ = unreachable_ || (ends && result.error().slug() != "no-bucket");
    steps_.push_back(
        {step, false, ends ? with_next_step(result.error()) : result.error().message()});
    return !ends;
  }

  const Context& context_;
  Remote& remote_;
  std::string key_;
  bool written_ = false;      // the probe object may be there
  bool unreachable_ = false;  // what the remote says of itself was never seen to be true
  std::vector<RemoteProbe> steps_;
};

}  // namespace

Result<std::vector<RemoteProbe>> remote_check(const Context& context, Repository& repository,
                                              const std::string& name) {
  CAIRN_TRY(const auto setting, repository.remote_setting(name));
  CAIRN_TRY(auto remote, repository.open_remote(setting));
  return Prober(context, *remote).run();
}

}  // namespace cairn::repo
