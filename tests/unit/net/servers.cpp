#include "unit/net/servers.hpp"

#include <httplib.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cairn::net {

HttpServer::HttpServer(const std::function<void(httplib::Server&)>& set_up)
    : server_(std::make_unique<httplib::Server>()) {
  server_->set_tcp_nodelay(true);
  set_up(*server_);
  port_ = server_->bind_to_any_port("127.0.0.1");
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  while (!server_->is_running()) std::this_thread::yield();
}

HttpServer::~HttpServer() {
  server_->stop();
  thread_.join();
}

RawServer::RawServer(std::function<void(int)> serve) : serve_(std::move(serve)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 16) != 0) std::abort();
  ::getsockname(listener_, generic, &length);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { accept_all(); });
}

RawServer::~RawServer() {
  ::shutdown(listener_, SHUT_RDWR);
  thread_.join();
  for (std::thread& worker : workers_) worker.join();
  ::close(listener_);
}

void RawServer::accept_all() {
  for (;;) {
    const int fd = ::accept(listener_, nullptr, nullptr);
    if (fd < 0) return;
    ++connections_;
    workers_.emplace_back([this, fd] {
      serve_(fd);
      ::close(fd);
    });
  }
}

std::string RawServer::read_head(int fd) {
  std::string head;
  char byte = 0;
  while (!head.ends_with("\r\n\r\n") && ::read(fd, &byte, 1) == 1) head += byte;
  return head;
}

void RawServer::write(int fd, const std::string& bytes) {
  (void)::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void RawServer::wait_for_close(int fd) {
  char bytes[4096];
  while (::read(fd, bytes, sizeof bytes) > 0) {
  }
}

}  // namespace cairn::net
