#include "conformance/web_server.hpp"

#include <httplib.h>

#include <ctime>

#include <sys/stat.h>

#include "base/file.hpp"

namespace cairn::remotes {
namespace {

std::string http_date(std::time_t seconds) {
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace

FileServer::FileServer(const std::string& directory)
    : server_(std::make_unique<httplib::Server>()) {
  server_->set_tcp_nodelay(true);
  server_->Get("/data/(.*)",
               [directory](const httplib::Request& request, httplib::Response& response) {
                 response.set_header("Date", http_date(std::time(nullptr)));
                 const std::string path = directory + "/" + request.matches[1].str();
                 struct ::stat info {};
                 if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
                   response.status = 404;
                   return;
                 }
                 const auto bytes = base::read_file_if_exists(path, std::size_t{1} << 30);
                 if (!bytes.ok() || !*bytes) {
                   response.status = 404;
                   return;
                 }
                 response.set_header("Last-Modified", http_date(info.st_mtim.tv_sec));
                 response.set_content(std::string((*bytes)->begin(), (*bytes)->end()),
                                      "application/octet-stream");
               });
  port_ = server_->bind_to_any_port("127.0.0.1");
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  while (!server_->is_running()) std::this_thread::yield();
}

FileServer::~FileServer() {
  server_->stop();
  thread_.join();
}

}  // namespace cairn::remotes
