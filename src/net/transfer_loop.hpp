// The thread that moves all bytes of one HttpClient: a curl multi handle and the transfers in
// flight. Transfers come in through run(), which blocks; everything of curl is touched by the
// loop's thread alone, so nothing of it needs a lock.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

#include "cairn/result.hpp"
#include "net/curl_library.hpp"
#include "net/transfer.hpp"

namespace cairn::net {

class TransferLoop {
 public:
  // Starts no thread yet, and loads no library.
  explicit TransferLoop(std::size_t max_connections);
  ~TransferLoop();
  TransferLoop(const TransferLoop&) = delete;
  TransferLoop& operator=(const TransferLoop&) = delete;

  // Runs one transfer to its end. Called from any thread; feeds the transfer's body meanwhile.
  Result<Response> run(Transfer& transfer, const std::stop_token& stop);

 private:
  Status start();  // with the first transfer
  void submit(Transfer& transfer);
  // One is enough until the loop has looked around.
  void wake() {
    if (!woken_.exchange(true)) curl().multi_wakeup(multi_.get());
  }

  void loop();
  void admit();
  void serve_flags();
  void collect();
  void watch();
  void drop(Transfer& transfer);

  struct MultiDeleter {
    void operator()(CURLM* multi) const { curl().multi_cleanup(multi); }
  };
  struct ShareDeleter {
    void operator()(CURLSH* share) const { curl().share_cleanup(share); }
  };
  const std::size_t max_connections_;
  std::unique_ptr<CURLSH, ShareDeleter> share_;  // TLS sessions; outlives the handles that use it
  std::unique_ptr<CURLM, MultiDeleter> multi_;
  std::vector<Transfer*> active_;  // the loop's own
  SteadyTime next_watch_;

  std::mutex mutex_;
  std::vector<Transfer*> arrived_;
  std::once_flag started_;
  Status start_status_;  // of the one start
  std::atomic<bool> ends_ = false;
  std::atomic<bool> flagged_ = false;  // some transfer was cancelled or can go on
  std::atomic<bool> woken_ =
      false;  // a wake-up is under way, and the loop will look at all of the above after it
  std::thread thread_;
};

}  // namespace cairn::net
