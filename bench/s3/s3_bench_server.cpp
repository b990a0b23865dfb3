// s3_bench_server [PORT]: the part of S3 that cairn, s5cmd and DVC need, in memory and without
// signatures, so that a comparison measures the clients. Prints "port N" when it listens.
// Nothing here checks what a client does: tests/tools/s3_server.py is the strict server.
#include <httplib.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace {

using Body = std::shared_ptr<const std::string>;
constexpr std::size_t kPageKeys = 1000;
constexpr const char* kTime = "2026-01-01T00:00:00.000Z";
constexpr const char* kHttpTime = "Thu, 01 Jan 2026 00:00:00 GMT";

struct Object {
  Body body;
  std::string etag;
};

std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else {
      out += c;
    }
  }
  return out;
}

class Store {
 public:
  void put(const std::string& key, std::string body, httplib::Response& response) {
    const Object object{std::make_shared<const std::string>(std::move(body)), next_etag()};
    response.set_header("ETag", object.etag);
    const std::lock_guard lock(mutex_);
    objects_[key] = object;
  }
  void remove(const std::string& key) {
    const std::lock_guard lock(mutex_);
    objects_.erase(key);
  }
  Object find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = objects_.find(key);
    return found == objects_.end() ? Object{} : found->second;
  }
  std::string list(const std::string& bucket, const httplib::Request& request) {
    const auto prefix = bucket + "/" + request.get_param_value("prefix");
    const auto delimiter = request.get_param_value("delimiter");
    auto after = request.get_param_value("continuation-token");
    if (after.empty()) after = request.get_param_value("start-after");
    std::string rows, last;
    std::size_t count = 0;
    bool more = false;
    const std::lock_guard lock(mutex_);
    auto at =
        after.empty() ? objects_.lower_bound(prefix) : objects_.upper_bound(bucket + "/" + after);
    for (; at != objects_.end() && at->first.starts_with(prefix); ++at) {
      if (count == kPageKeys) {
        more = true;
        break;
      }
      const auto key = at->first.substr(bucket.size() + 1);
      const auto cut =
          delimiter.empty() ? std::string::npos : at->first.find(delimiter, prefix.size());
      ++count;
      if (cut != std::string::npos) {
        const auto common = at->first.substr(0, cut + delimiter.size());
        rows += "<CommonPrefixes><Prefix>" + escaped(common.substr(bucket.size() + 1)) +
                "</Prefix></CommonPrefixes>";
        at = std::prev(objects_.lower_bound(common + "\xff"));
        last = at->first.substr(bucket.size() + 1);
        continue;
      }
      last = key;
      rows += "<Contents><Key>" + escaped(key) + "</Key><LastModified>" + kTime +
              "</LastModified><ETag>" + escaped(at->second.etag) + "</ETag><Size>" +
              std::to_string(at->second.body->size()) +
              "</Size><StorageClass>STANDARD</StorageClass></Contents>";
    }
    return "<?xml version=\"1.0\"?><ListBucketResult><Name>" + bucket + "</Name><Prefix>" +
           escaped(request.get_param_value("prefix")) + "</Prefix><KeyCount>" +
           std::to_string(count) + "</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>" +
           (more ? "true" : "false") + "</IsTruncated>" +
           (more ? "<NextContinuationToken>" + escaped(last) + "</NextContinuationToken>" : "") +
           rows + "</ListBucketResult>";
  }
  std::string begin_upload() {
    const std::lock_guard lock(mutex_);
    const auto id = "u" + std::to_string(++uploads_begun_);
    uploads_[id];
    return id;
  }
  void put_part(const std::string& id, int number, std::string body, httplib::Response& response) {
    response.set_header("ETag", next_etag());
    const std::lock_guard lock(mutex_);
    uploads_[id][number] = std::move(body);
  }
  void end_upload(const std::string& id, const std::string& key, httplib::Response& response) {
    std::map<int, std::string> parts;
    {
      const std::lock_guard lock(mutex_);
      parts = std::move(uploads_[id]);
      uploads_.erase(id);
    }
    std::string whole;
    std::size_t bytes = 0;
    for (const auto& [number, part] : parts) bytes += part.size();
    whole.reserve(bytes);
    for (const auto& [number, part] : parts) whole += part;
    put(key, std::move(whole), response);
  }

 private:
  std::string next_etag() { return "\"" + std::to_string(++etags_) + "\""; }
  std::mutex mutex_;
  std::map<std::string, Object> objects_;  // "bucket/key"
  std::map<std::string, std::map<int, std::string>> uploads_;
  int uploads_begun_ = 0;
  std::atomic<std::uint64_t> etags_ = 0;
};

void answer_xml(httplib::Response& response, const std::string& text, int status = 200) {
  response.status = status;
  response.set_content(text, "application/xml");
}

void get_object(Store& store, const httplib::Request& request, httplib::Response& response) {
  const auto object = store.find(request.path.substr(1));
  if (!object.body) {
    answer_xml(response, "<Error><Code>NoSuchKey</Code></Error>", 404);
    return;
  }
  response.set_header("ETag", object.etag);
  response.set_header("Last-Modified", kHttpTime);
  const auto size = static_cast<ssize_t>(object.body->size());
  for (auto& range : const_cast<httplib::Request&>(request).ranges)
    range.second = std::min(range.second, size - 1);  // the library does not cut what is too long
  response.set_content_provider(
      object.body->size(), "application/octet-stream",
      [body = object.body](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
        return sink.write(body->data() + offset, std::min<std::size_t>(length, 1 << 20));
      });
}

void get(Store& store, const httplib::Request& request, httplib::Response& response) {
  const auto path = request.path.substr(1);
  const auto cut = path.find('/');
  if (path.empty()) {
    answer_xml(response, "<ListAllMyBucketsResult><Buckets/></ListAllMyBucketsResult>");
  } else if (request.has_param("location")) {
    answer_xml(response, "<LocationConstraint/>");
  } else if (cut == std::string::npos || cut + 1 == path.size()) {
    if (request.method == "GET") answer_xml(response, store.list(path.substr(0, cut), request));
  } else {
    get_object(store, request, response);
  }
}

std::string read_body(const httplib::Request& request, const httplib::ContentReader& reader) {
  std::string body;
  if (request.has_header("Content-Length"))
    body.reserve(std::strtoull(request.get_header_value("Content-Length").c_str(), nullptr, 10));
  reader([&](const char* bytes, std::size_t size) {
    body.append(bytes, size);
    return true;
  });
  return body;
}

void post(Store& store, const httplib::Request& request, httplib::Response& response) {
  const auto key = request.path.substr(1);
  if (request.has_param("uploads")) {
    answer_xml(response, "<InitiateMultipartUploadResult><UploadId>" + store.begin_upload() +
                             "</UploadId></InitiateMultipartUploadResult>");
    return;
  }
  store.end_upload(request.get_param_value("uploadId"), key, response);
  answer_xml(response, "<CompleteMultipartUploadResult><ETag>" +
                           escaped(response.get_header_value("ETag")) +
                           "</ETag></CompleteMultipartUploadResult>");
}

}  // namespace

int main(int argc, char** argv) {
  Store store;
  httplib::Server server;
  int listening = -1;
  server.set_socket_options([&](socket_t fd) { listening = fd; });
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(std::size_t{1} << 30);
  server.set_payload_max_length(std::size_t{8} << 30);
  server.new_task_queue = [] { return new httplib::ThreadPool(64); };
  server.set_post_routing_handler([](const httplib::Request&, httplib::Response& response) {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    char text[64];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", ::gmtime_r(&now, &parts));
    response.set_header("Date", text);
  });
  const auto read = [&](const httplib::Request& q, httplib::Response& r) { get(store, q, r); };
  server.Get(".*", read);
  server.Put(".*", [&](const httplib::Request& q, httplib::Response& r,
                       const httplib::ContentReader& reader) {
    auto body = read_body(q, reader);
    if (q.has_param("partNumber")) {
      store.put_part(q.get_param_value("uploadId"),
                     std::atoi(q.get_param_value("partNumber").c_str()), std::move(body), r);
    } else {
      store.put(q.path.substr(1), std::move(body), r);
    }
  });
  server.Post(".*", [&](const httplib::Request& q, httplib::Response& r) { post(store, q, r); });
  server.Delete(".*", [&](const httplib::Request& q, httplib::Response& r) {
    store.remove(q.path.substr(1));
    r.status = 204;
  });
  const int port = argc > 1 ? std::atoi(argv[1]) : 0;
  const int bound = port == 0 ? server.bind_to_any_port("127.0.0.1")
                              : (server.bind_to_port("127.0.0.1", port) ? port : -1);
  if (bound < 0) {
    std::fprintf(stderr, "s3_bench_server: cannot listen\n");
    return 1;
  }
  // The library lets five connections wait: of a dozen opened at once some would be tried again
  // after a second or three, and the figures would be of that.
  ::listen(listening, 1024);
  std::printf("port %d\n", bound);
  std::fflush(stdout);
  return server.listen_after_bind() ? 0 : 1;
}
