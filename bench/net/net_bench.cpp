// bench_net [SECONDS]: what the HTTP client costs, against a server in a process of its own that
// verifies nothing. Small GETs per second and bytes per second of 64 MiB objects, each with the
// processor time of the client alone: on a machine that is busy or where the server is the slower
// side, that is the figure to compare.
#include <fmt/core.h>
#include <httplib.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/http_client.hpp"

namespace cairn {
namespace {

constexpr std::size_t kLargeBytes = std::size_t{64} << 20;
constexpr std::size_t kSmallBytes = 1024;

// Never returns; tells its port through `out`.
void serve(int out) {
  const std::string large(kLargeBytes, 'x');
  const std::string small(kSmallBytes, 'x');
  httplib::Server server;
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(std::size_t{1} << 30);
  server.new_task_queue = [] {
    return new httplib::ThreadPool(64);
  };  // a kept connection holds a thread
  server.Get("/small", [&](const httplib::Request&, httplib::Response& r) {
    r.set_content(small, "application/octet-stream");
  });
  server.Get("/large", [&](const httplib::Request&, httplib::Response& r) {
    r.set_content_provider(kLargeBytes, "application/octet-stream",
                           [&](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
                             return sink.write(large.data() + offset,
                                               std::min(length, std::size_t{1} << 20));
                           });
  });
  const int port = server.bind_to_any_port("127.0.0.1");
  if (::write(out, &port, sizeof port) != sizeof port) std::_Exit(1);
  server.listen_after_bind();
  std::_Exit(0);
}

class Server {
 public:
  Server() {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    pid_ = ::fork();
    if (pid_ == 0) serve(ends[1]);
    if (::read(ends[0], &port_, sizeof port_) != sizeof port_) std::abort();
  }
  ~Server() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  [[nodiscard]] std::string url(const char* path) const {
    return fmt::format("http://127.0.0.1:{}{}", port_, path);
  }

 private:
  pid_t pid_ = 0;
  int port_ = 0;
};

double processor_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct Outcome {
  std::size_t requests = 0;
  double seconds = 0, processor = 0;
};

// Threads that ask for `url` again and again until the time is over; `into_bytes` of each answer go
// to a buffer of the thread.
Outcome run(net::HttpClient& client, const std::string& url, unsigned threads,
            std::size_t into_bytes, double seconds) {
  std::atomic<std::size_t> requests = 0;
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const double processor = processor_seconds();
  const auto work = [&] {
    std::vector<std::uint8_t> buffer(into_bytes);
    net::Request request;
    request.url = url;
    request.into = buffer;
    while (elapsed() < seconds) {
      const auto answer = client.send(request, {});
      if (!answer.ok() || answer->status != 200 ||
          (into_bytes != 0 && answer->body_bytes != into_bytes)) {
        fmt::print(stderr, "bench_net: a request failed\n");
        std::_Exit(1);
      }
      ++requests;
    }
  };
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < threads; ++i) workers.emplace_back(work);
  for (std::thread& worker : workers) worker.join();
  return {requests, elapsed(), processor_seconds() - processor};
}

}  // namespace
}  // namespace cairn

int main(int argc, char** argv) {
  using namespace cairn;
  const double seconds = argc > 1 ? std::atof(argv[1]) : 3;
  const Server server;  // before any thread
  net::ClientOptions options;
  options.first_connections = 16;
  net::HttpClient client(options);
  for (const unsigned threads : {1U, 16U}) {
    const Outcome small = run(client, server.url("/small"), threads, 0, seconds);
    const auto count = static_cast<double>(small.requests);
    fmt::print("small GETs, {:2} at once: {:8.0f} /s, {:6.1f} µs of processor each\n", threads,
               count / small.seconds, small.processor / count * 1e6);
  }
  for (const unsigned threads : {1U, 4U}) {
    const Outcome large = run(client, server.url("/large"), threads, kLargeBytes, seconds);
    const double gigabytes =
        static_cast<double>(large.requests) * static_cast<double>(kLargeBytes) / 1e9;
    fmt::print("64 MiB GETs, {:2} at once: {:7.2f} GB/s, {:6.3f} s of processor per GB\n", threads,
               gigabytes / large.seconds, large.processor / gigabytes);
  }
  return 0;
}
