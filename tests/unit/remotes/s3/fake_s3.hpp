// A small S3 in this process: one bucket "bkt" in path style, objects in memory, and a hook in
// front of every request that a test uses to misbehave. Signatures are not checked here
// (tests/tools/s3_server.py does).
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace httplib {
class Server;
struct Request;
struct Response;
}  // namespace httplib

namespace cairn::remotes::s3 {

class FakeS3 {
 public:
  // True: the hook has answered. It may also change the store and return false.
  using Hook = std::function<bool(const httplib::Request&, httplib::Response&)>;
  explicit FakeS3(Hook hook = {});
  ~FakeS3();

  [[nodiscard]] std::string endpoint() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int requests() const { return requests_; }
  static void answer_error(httplib::Response& response, int status, const std::string& code,
                           const std::string& more = "");
  // Serves the request as the store would.
  void serve(const httplib::Request& request, httplib::Response& response);

  struct Object {
    std::string bytes;
    std::string write_id;
    std::string etag = {};
  };
  std::mutex mutex;
  std::map<std::string, Object> objects;

 private:
  void serve_object(const std::string& key, const httplib::Request& request,
                    httplib::Response& response);
  void serve_list(const httplib::Request& request, httplib::Response& response);

  Hook hook_;
  std::unique_ptr<httplib::Server> server_;
  int port_ = 0;
  std::atomic<int> requests_ = 0;
  std::thread thread_;
};

}  // namespace cairn::remotes::s3
