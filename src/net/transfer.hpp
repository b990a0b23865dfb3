// One exchange in flight: its curl handle, what libcurl calls back, and its watch over time. Lives
// on the stack of the thread inside send(); the loop touches it from start() until finish(), under
// `mutex` where both sides look.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>

#include "cairn/result.hpp"
#include "net/body_feed.hpp"
#include "net/curl_library.hpp"
#include "net/http.hpp"
#include "net/http_client.hpp"
#include "net/trouble.hpp"

namespace cairn::net {

using SteadyTime = std::chrono::steady_clock::time_point;

struct EasyDeleter {
  void operator()(CURL* easy) const { curl().easy_cleanup(easy); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl().slist_free_all(list); }
};

class Transfer {
 public:
  Transfer(const Request& request, const ClientOptions& options)
      : feed(request.body), request_(request), options_(options) {}

  // ---- the loop ----
  Status start(CURLSH* share);
  [[nodiscard]] CURL* easy() const { return easy_.get(); }
  // What a finished curl transfer comes to.
  void finish(CURLcode code);
  void fail(Error error);
  // An error when it stands still for too long.
  std::optional<Error> overdue(SteadyTime now);
  // Goes on with an upload that waited for its source.
  void resume();

  // ---- both sides ----
  std::mutex mutex;
  std::condition_variable changed;  // the feed has room, or `result` is there
  BodyFeed feed;
  std::optional<Result<Response>> result;
  bool paused = false;  // the upload waits for the feed
  bool cancelled = false;

 private:
  void set_basics(CURLSH* share);
  void set_security();
  void set_method();
  Status set_headers();

  static std::size_t on_read(char* out, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static int on_connected(void* self, char* peer, char* local, int peer_port, int local_port);

  bool take_header(std::string_view line);
  bool take_body(std::span<const std::uint8_t> bytes);
  bool take_into(std::span<const std::uint8_t> bytes);
  bool take_buffered(std::span<const std::uint8_t> bytes);
  bool refuse(Trouble trouble, std::string why);
  [[nodiscard]] Error error_of(CURLcode code) const;
  [[nodiscard]] std::string host() const;
  [[nodiscard]] bool goes_by_proxy() const;

  const Request& request_;
  const ClientOptions& options_;
  std::unique_ptr<CURL, EasyDeleter> easy_;
  std::unique_ptr<curl_slist, ListDeleter> headers_;
  char curl_says_[CURL_ERROR_SIZE] = "";

  Response response_;
  std::optional<Error> refusal_;  // why a callback stopped the transfer
  bool enough_ = false;           // a callback stopped reading, and what is there is the answer
  bool body_started_ = false;
  bool headers_done_ = false;
  std::size_t header_bytes_ = 0;
  std::uint64_t received_ = 0;  // of the body, as it came
  bool connected_ = false;
  bool reused_ = false;  // the connection had carried another exchange; known at the end

  // Progress is what the peer has acknowledged and what it sent; see overdue().
  std::uint64_t window_progress_ = 0;
  std::uint64_t last_uploaded_ = 0;
  SteadyTime window_start_;
  SteadyTime last_change_;
};

}  // namespace cairn::net
