// Servers of the tests, on a free port of 127.0.0.1: one that speaks HTTP, and one whose every byte
// the test writes.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace httplib {
class Server;
}

namespace cairn::net {

class HttpServer {
 public:
  explicit HttpServer(const std::function<void(httplib::Server&)>& set_up);
  ~HttpServer();
  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  [[nodiscard]] int port() const { return port_; }

 private:
  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  std::thread thread_;
};

// Runs `serve` with each accepted connection, on a thread of its own; closes the connection
// afterwards.
class RawServer {
 public:
  explicit RawServer(std::function<void(int fd)> serve);
  ~RawServer();
  [[nodiscard]] std::string url(const std::string& path) const {
    return "http://127.0.0.1:" + std::to_string(port_) + path;
  }
  [[nodiscard]] int connections() const { return connections_; }
  // Reads to the end of a request's headers; what was read.
  static std::string read_head(int fd);
  static void write(int fd, const std::string& bytes);
  // Until the other side goes away.
  static void wait_for_close(int fd);

 private:
  void accept_all();
  std::function<void(int)> serve_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::vector<std::thread> workers_;
  std::thread thread_;
};

}  // namespace cairn::net
