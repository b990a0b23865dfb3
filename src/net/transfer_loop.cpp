#include "net/transfer_loop.hpp"

#include <algorithm>
#include <utility>

#include <pthread.h>
#include <signal.h>

namespace cairn::net {
namespace {

constexpr int kTickMs = 50;  // between two looks at the clock while anything is in flight

}  // namespace

TransferLoop::TransferLoop(std::size_t max_connections) : max_connections_(max_connections) {}

TransferLoop::~TransferLoop() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard guard(mutex_);
    ends_ = true;
    wake();
  }
  thread_.join();
}

Status TransferLoop::start() {
  std::call_once(started_, [this] {
    start_status_ = load_curl();
    if (!start_status_.ok()) return;
    share_.reset(curl().share_init());
    multi_.reset(curl().multi_init());
    curl().share_setopt(share_.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
    curl().multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(max_connections_));
    curl().multi_setopt(multi_.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    thread_ = std::thread([this] { loop(); });
  });
  return start_status_;
}

Result<Response> TransferLoop::run(Transfer& transfer, const std::stop_token& stop) {
  CAIRN_CHECK(start());
  std::unique_lock lock(transfer.mutex);
  transfer.feed.fill(lock);  // a small body never makes the loop wait
  lock.unlock();
  if (transfer.feed.failure()) return std::move(*transfer.feed.failure());
  submit(transfer);
  const std::stop_callback on_stop(stop, [&] {
    const std::lock_guard guard(transfer.mutex);
    transfer.cancelled = true;
    flagged_ = true;
    wake();
  });
  lock.lock();
  while (!transfer.result) {
    if (transfer.feed.fill(lock)) {
      if (transfer.paused) {
        flagged_ = true;
        wake();
      }
      continue;
    }
    transfer.changed.wait(lock, [&] { return transfer.result || transfer.feed.wants_fill(); });
  }
  auto result = *std::move(transfer.result);
  lock.unlock();  // before on_stop goes: it waits for a callback that may wait for this lock
  return result;
}

void TransferLoop::submit(Transfer& transfer) {
  {
    const std::lock_guard guard(mutex_);
    arrived_.push_back(&transfer);
  }
  wake();
}

// Signals stay with the program's threads; above all SIGPIPE, which a write to a closed TLS
// connection would raise.
void TransferLoop::loop() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  for (;;) {
    woken_.exchange(false);  // before looking: what comes later wakes again
    if (ends_) break;
    admit();
    serve_flags();
    int running = 0;
    curl().multi_perform(multi_.get(), &running);
    collect();
    watch();
    curl().multi_poll(multi_.get(), nullptr, 0, active_.empty() ? 60'000 : kTickMs, nullptr);
  }
  const std::lock_guard guard(mutex_);  // the destructor is done with waking
  multi_.reset();                       // here, because closing connections writes to them
}

void TransferLoop::admit() {
  std::vector<Transfer*> arrived;
  {
    const std::lock_guard guard(mutex_);
    arrived.swap(arrived_);
  }
  for (Transfer* transfer : arrived) {
    Status status = transfer->start(share_.get());
    if (!status.ok()) {
      transfer->fail(std::move(status).error());
      continue;
    }
    active_.push_back(transfer);
    curl().multi_add_handle(multi_.get(), transfer->easy());
  }
}

// Cancelled transfers end; uploads whose source has caught up go on.
void TransferLoop::serve_flags() {
  if (!flagged_.exchange(false)) return;
  for (Transfer* transfer : std::vector<Transfer*>(active_)) {
    bool cancelled = false;
    bool resumes = false;
    {
      const std::lock_guard guard(transfer->mutex);
      cancelled = transfer->cancelled;
      resumes = std::exchange(transfer->paused, false);
    }
    if (cancelled) {
      drop(*transfer);
      transfer->fail(Error(Code::kInterrupted, "interrupted"));
    } else if (resumes) {
      transfer->resume();
    }
  }
}

void TransferLoop::collect() {
  int left = 0;
  while (const CURLMsg* message = curl().multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* owner = nullptr;
    curl().easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
    auto& transfer = *reinterpret_cast<Transfer*>(owner);
    drop(transfer);
    transfer.finish(code);
  }
}

void TransferLoop::watch() {
  const auto now = std::chrono::steady_clock::now();
  if (now < next_watch_) return;
  next_watch_ = now + std::chrono::milliseconds(kTickMs);
  for (Transfer* transfer : std::vector<Transfer*>(active_)) {
    auto error = transfer->overdue(now);
    if (!error) continue;
    drop(*transfer);
    transfer->fail(*std::move(error));
  }
}

void TransferLoop::drop(Transfer& transfer) {
  curl().multi_remove_handle(multi_.get(), transfer.easy());
  active_.erase(std::find(active_.begin(), active_.end(), &transfer));
}

}  // namespace cairn::net
