#include "remotes/s3/multipart.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "crypto/sha256.hpp"
#include "remotes/s3/xml.hpp"

namespace cairn::remotes::s3 {
namespace {

constexpr std::uint64_t kPartGrain = std::uint64_t{1} << 20;

// A stretch of another source.
class PartSource final : public ObjectSource {
 public:
  PartSource(ObjectSource& whole, std::uint64_t offset, std::uint64_t size) : whole_(whole), offset_(offset), size_(size) {}
  [[nodiscard]] std::uint64_t size_bytes() const override { return size_; }
  Status read(std::uint64_t offset, std::span<std::uint8_t> out) override { return whole_.read(offset_ + offset, out); }

 private:
  ObjectSource& whole_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

class Upload {
 public:
  Upload(S3Client& client, const std::string& key, const std::stop_token& stop) : client_(client), key_(key), stop_(stop) {}

  Status begin(const Headers& headers) {
    S3Request request = to_upload(net::Method::kPost);
    request.query = {{"uploads", ""}};
    request.headers = headers;
    CAIRN_TRY(const Answer answer, client_.send(request, stop_));
    if (!answer.ok()) return error_of(answer, "starting the upload of `" + key_ + "`");
    CAIRN_TRY(id_, parse_upload_id(answer.http.body_text()));
    return {};
  }

  Status put_part(PartSource& part) {
    S3Request request = to_upload(net::Method::kPut);
    request.query = {{"partNumber", std::to_string(etags_.size() + 1)}, {"uploadId", id_}};
    request.body = &part;
    CAIRN_TRY(request.payload_sha256, payload_sha256(part, stop_));
    CAIRN_TRY(const Answer answer, client_.send(request, stop_));
    if (!answer.ok()) return error_of(answer, "uploading a part of `" + key_ + "`");
    const std::string* etag = answer.http.header("etag");
    if (!etag) return Error(Code::kNetwork, "the store gave no ETag for a part of `" + key_ + "`").slug("bad-answer");
    etags_.push_back(*etag);
    return {};
  }

  Result<Answer> complete() {
    const std::string text = complete_request(etags_);
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    BytesSource body(bytes);
    S3Request request = to_upload(net::Method::kPost);
    request.query = {{"uploadId", id_}};
    request.headers = {{"content-type", "application/xml"}};
    request.body = &body;
    request.payload_sha256 = crypto::sha256(bytes).hex();
    request.first_byte = std::chrono::seconds(120);
    request.may_answer_200_with_error = true;
    return client_.send(request, stop_);
  }

  // Also after a stop request: parts that stay cost money and show up nowhere.
  void abort() {
    S3Request request = to_upload(net::Method::kDelete);
    request.query = {{"uploadId", id_}};
    request.first_byte = std::chrono::seconds(5);
    (void)client_.send(request, {});
  }

 private:
  [[nodiscard]] S3Request to_upload(net::Method method) const {
    S3Request request;
    request.method = method;
    request.key = key_;
    return request;
  }
  S3Client& client_;
  const std::string& key_;
  const std::stop_token& stop_;
  std::string id_;
  std::vector<std::string> etags_;
};

Status put_all_parts(Upload& upload, ObjectSource& source, std::uint64_t part_bytes) {
  const std::uint64_t size = source.size_bytes();
  for (std::uint64_t offset = 0; offset < size; offset += part_bytes) {
    PartSource part(source, offset, std::min(part_bytes, size - offset));
    CAIRN_CHECK(upload.put_part(part));
  }
  return {};
}

}  // namespace

std::uint64_t part_bytes_of(std::uint64_t size_bytes, const Quirks& quirks) {
  const std::uint64_t needed = (size_bytes + quirks.max_parts - 1) / quirks.max_parts;
  return std::max(quirks.min_part_bytes, (needed + kPartGrain - 1) / kPartGrain * kPartGrain);
}

Result<std::string> payload_sha256(ObjectSource& source, const std::stop_token& stop) {
  const std::uint64_t size = source.size_bytes();
  std::vector<std::uint8_t> block(static_cast<std::size_t>(std::min(std::uint64_t{1} << 20, size)));
  crypto::Sha256 hash;
  for (std::uint64_t offset = 0; offset < size; offset += block.size()) {
    if (stop.stop_requested()) return Error(Code::kInterrupted, "interrupted");
    block.resize(static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), size - offset)));
    CAIRN_CHECK(source.read(offset, block));
    hash.update(block);
  }
  return hash.finish().hex();
}

Result<bool> was_written_by(S3Client& client, const std::string& key, const std::string& write_id, const std::stop_token& stop) {
  S3Request request;
  request.method = net::Method::kHead;
  request.key = key;
  CAIRN_TRY(const Answer answer, client.send(request, stop));
  if (answer.http.status == 404) return false;
  if (!answer.ok()) return error_of(answer, "looking whether `" + key + "` was written");
  const std::string* found = answer.http.header(kWriteIdHeader);
  return found && *found == write_id;
}

Status put_in_parts(S3Client& client, const std::string& key, ObjectSource& source, const Headers& headers,
                    const std::stop_token& stop) {
  const std::string write_id = client.random_hex();
  Headers all = headers;
  all.push_back({kWriteIdHeader, write_id});
  Upload upload(client, key, stop);
  CAIRN_CHECK(upload.begin(all));
  Status status = put_all_parts(upload, source, part_bytes_of(source.size_bytes(), client.endpoint().quirks()));
  if (!status.ok()) {
    upload.abort();
    return status;
  }
  auto answer = upload.complete();
  if (answer.ok() && answer->ok()) return {};
  // A first answer that was lost leaves no upload behind, and the object in its place.
  const bool may_be_there = !answer.ok() || answer->may_have_happened || answer->error.code == "NoSuchUpload";
  if (may_be_there && !stop.stop_requested()) {
    const auto written = was_written_by(client, key, write_id, stop);
    if (written.ok() && *written) return {};
  }
  upload.abort();
  if (!answer.ok()) return std::move(answer).error();
  return error_of(*answer, "finishing the upload of `" + key + "`");
}

}  // namespace cairn::remotes::s3
