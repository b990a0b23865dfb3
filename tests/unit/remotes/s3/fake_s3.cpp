#include "unit/remotes/s3/fake_s3.hpp"

#include <fmt/core.h>
#include <httplib.h>

namespace cairn::remotes::s3 {

FakeS3::FakeS3(Hook hook) : hook_(std::move(hook)), server_(std::make_unique<httplib::Server>()) {
  server_->set_tcp_nodelay(true);
  server_->set_payload_max_length(256 << 20);
  server_->set_default_headers({{"Date", "Thu, 01 Jan 2026 00:00:00 GMT"}});
  const auto handle = [this](const httplib::Request& request, httplib::Response& response) {
    ++requests_;
    if (!hook_ || !hook_(request, response)) serve(request, response);
  };
  server_->Get(".*", handle);
  server_->Put(".*", handle);
  server_->Post(".*", handle);
  server_->Delete(".*", handle);
  port_ = server_->bind_to_any_port("127.0.0.1");
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  while (!server_->is_running()) std::this_thread::yield();
}

FakeS3::~FakeS3() {
  server_->stop();
  thread_.join();
}

void FakeS3::answer_error(httplib::Response& response, int status, const std::string& code,
                          const std::string& more) {
  response.status = status;
  response.set_content("<?xml version=\"1.0\"?><Error><Code>" + code +
                           "</Code><Message>said the fake</Message>" + more + "</Error>",
                       "application/xml");
}

void FakeS3::serve(const httplib::Request& request, httplib::Response& response) {
  const std::lock_guard lock(mutex);
  if (request.path == "/bkt" || request.path == "/bkt/") {
    if (request.method == "GET") serve_list(request, response);
    return;
  }
  if (!request.path.starts_with("/bkt/")) return answer_error(response, 404, "NoSuchBucket");
  const std::string key = request.path.substr(5);
  serve_object(key, request, response);
}

void FakeS3::serve_object(const std::string& key, const httplib::Request& request,
                          httplib::Response& response) {
  const auto found = objects.find(key);
  if (request.method == "PUT") {
    if (request.has_header("If-None-Match") && found != objects.end())
      return answer_error(response, 412, "PreconditionFailed");
    objects[key] = {request.body, request.get_header_value("x-amz-meta-cairn-write-id")};
    response.set_header("ETag", "\"stored\"");
    return;
  }
  if (request.method == "DELETE") {
    objects.erase(key);
    response.status = 204;
    return;
  }
  if (found == objects.end()) return answer_error(response, 404, "NoSuchKey");
  if (request.has_header("If-Match") && request.get_header_value("If-Match") != found->second.etag)
    return answer_error(response, 412, "PreconditionFailed");
  if (!found->second.etag.empty()) response.set_header("ETag", found->second.etag);
  response.set_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
  response.set_header("x-amz-meta-cairn-write-id", found->second.write_id);
  response.set_content(found->second.bytes, "application/octet-stream");
}

void FakeS3::serve_list(const httplib::Request& request, httplib::Response& response) {
  const bool v2 = request.get_param_value("list-type") == "2";
  const std::string prefix = request.get_param_value("prefix");
  const std::string after = request.get_param_value(v2 ? "continuation-token" : "marker");
  std::string text;
  std::string last;
  int left = 3;  // a page
  bool truncated = false;
  for (const auto& [key, object] : objects) {
    if (!key.starts_with(prefix) || (!after.empty() && key <= after)) continue;
    truncated = left-- == 0;
    if (truncated) break;
    last = key;
    text += fmt::format(
        "<Contents><Key>{}</Key><Size>{}</Size><LastModified>2026-01-01T00:00:00.500Z</"
        "LastModified></Contents>",
        key, object.bytes.size());
  }
  if (truncated && v2) text += "<NextContinuationToken>" + last + "</NextContinuationToken>";
  response.set_content(
      fmt::format("<ListBucketResult><IsTruncated>{}</IsTruncated>{}</ListBucketResult>", truncated,
                  text),
      "application/xml");
}

}  // namespace cairn::remotes::s3
