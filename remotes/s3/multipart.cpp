#include "remotes/s3/multipart.hpp"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/cpu_pool.hpp"
#include "crypto/sha256.hpp"
#include "remotes/s3/xml.hpp"

namespace cairn::remotes::s3 {
namespace {

constexpr std::uint64_t kPartGrain = std::uint64_t{1} << 20;
constexpr std::uint64_t kPartsAtOnce =
    4;  // each holds 1 MiB while it is hashed, then two blocks of the transfer

// A stretch of another source, which one part at a time may read.
class PartSource final : public ObjectSource {
 public:
  PartSource(ObjectSource& whole, std::mutex& mutex, std::uint64_t offset, std::uint64_t size)
      : whole_(whole), mutex_(mutex), offset_(offset), size_(size) {}
  [[nodiscard]] std::uint64_t size_bytes() const override { return size_; }
  Status read(std::uint64_t offset, std::span<std::uint8_t> out) override {
    const std::lock_guard lock(mutex_);
    return whole_.read(offset_ + offset, out);
  }
  void sent(std::uint64_t bytes) override { whole_.sent(bytes); }

 private:
  ObjectSource& whole_;
  std::mutex& mutex_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

class Upload {
 public:
  Upload(S3Client& client, const std::string& key) : client_(client), key_(key) {}

  Status begin(const Headers& headers, const std::stop_token& stop) {
    S3Request request = to_upload(net::Method::kPost);
    request.query = {{"uploads", ""}};
    request.headers = headers;
    const auto answer = client_.send(request, stop);
    if (answer.ok() && answer->ok()) {
      CAIRN_TRY(id_, parse_upload_id(answer->http.body_text()));
    }
    if (!answer.ok() || answer->may_have_happened) abort_others(stop);
    if (!answer.ok()) return answer.error();
    if (!answer->ok()) return error_of(*answer, "starting the upload of `" + key_ + "`");
    return {};
  }

  // The part's ETag.
  Result<std::string> put_part(std::uint64_t number, PartSource& part,
                               const std::stop_token& stop) {
    S3Request request = to_upload(net::Method::kPut);
    request.query = {{"partNumber", std::to_string(number)}, {"uploadId", id_}};
    request.body = &part;
    CAIRN_TRY(request.payload_sha256, payload_sha256(part, stop));
    CAIRN_TRY(const Answer answer, client_.send(request, stop));
    if (!answer.ok()) return error_of(answer, "uploading a part of `" + key_ + "`");
    const std::string* etag = answer.http.header("etag");
    if (!etag)
      return Error(Code::kNetwork, "the store gave no ETag for a part of `" + key_ + "`")
          .slug("bad-answer");
    return *etag;
  }

  Result<Answer> complete(const std::vector<std::string>& etags, LastRequest last,
                          const std::stop_token& stop) {
    const std::string text = complete_request(etags);
    const std::span bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    BytesSource body(bytes);
    S3Request request = to_upload(net::Method::kPost);
    request.query = {{"uploadId", id_}};
    request.headers = {{"content-type", "application/xml"}};
    if (last == LastRequest::kIfAbsent) request.headers.push_back({"if-none-match", "*"});
    request.body = &body;
    request.payload_sha256 = crypto::sha256(bytes).hex();
    request.first_byte = std::chrono::seconds(120);
    request.may_answer_200_with_error = true;
    return client_.send(request, stop);
  }

  // Also after a stop request, then with one attempt: parts that stay cost money and show up
  // nowhere.
  void abort(const std::stop_token& stop) { abort_upload(id_, stop); }

 private:
  // Uploads of this key that an attempt without an answer may have begun. Large objects have names
  // that nobody else makes (packs carry random bytes), so they are ours. Best effort: not everyone
  // may list uploads, and the bucket's life-cycle rule remains.
  void abort_others(const std::stop_token& stop) {
    S3Request request;
    request.query = {{"uploads", ""}, {"prefix", key_}};
    request.attempts = S3Request::Attempts::kOne;
    const auto answer = client_.send(request, stop);
    if (!answer.ok() || !answer->ok()) return;
    const auto ids = parse_upload_ids(answer->http.body_text(), key_);
    if (!ids.ok()) return;
    for (const std::string& id : *ids) {
      if (id != id_) abort_upload(id, stop);
    }
  }

  void abort_upload(const std::string& id, const std::stop_token& stop) {
    S3Request request = to_upload(net::Method::kDelete);
    request.query = {{"uploadId", id}};
    request.first_byte = std::chrono::seconds(5);
    if (stop.stop_requested()) request.attempts = S3Request::Attempts::kOne;
    (void)client_.send(request, {});
  }

  [[nodiscard]] S3Request to_upload(net::Method method) const {
    S3Request request;
    request.method = method;
    request.key = key_;
    return request;
  }
  S3Client& client_;
  const std::string& key_;
  std::string id_;
};

// The parts of one upload. The first failure stops those under way.
class Parts {
 public:
  Parts(Upload& upload, ObjectSource& source, std::uint64_t part_bytes)
      : upload_(upload),
        source_(source),
        part_bytes_(part_bytes),
        etags_(static_cast<std::size_t>((source.size_bytes() + part_bytes - 1) / part_bytes)) {}

  Result<std::vector<std::string>> send(const std::stop_token& stop) {
    const std::stop_callback passed_on(stop, [this] { stop_.request_stop(); });
    {
      const auto others =
          static_cast<unsigned>(std::min<std::uint64_t>(kPartsAtOnce, etags_.size()) - 1);
      CpuPool threads(std::max(1U, others));
      for (unsigned i = 0; i < others; ++i) threads.submit([this] { work(); });
      work();
    }  // all have ended
    if (failure_) return *std::move(failure_);
    return std::move(etags_);
  }

 private:
  void work() {
    while (const auto index = next()) {
      auto etag = base::call_guarded([&]() -> Result<std::string> { return put(*index); });
      const std::lock_guard lock(mutex_);
      if (etag.ok()) {
        etags_[*index] = *std::move(etag);
      } else if (!failure_) {
        failure_ = std::move(etag).error();
        stop_.request_stop();
      }
    }
  }

  std::optional<std::size_t> next() {
    const std::lock_guard lock(mutex_);
    if (failure_ || next_ == etags_.size()) return std::nullopt;
    return next_++;
  }

  Result<std::string> put(std::size_t index) {
    const std::uint64_t offset = index * part_bytes_;
    PartSource part(source_, reading_, offset,
                    std::min(part_bytes_, source_.size_bytes() - offset));
    return upload_.put_part(index + 1, part, stop_.get_token());
  }

  Upload& upload_;
  ObjectSource& source_;
  const std::uint64_t part_bytes_;
  std::stop_source stop_;
  std::mutex reading_;
  std::mutex mutex_;  // of what follows
  std::vector<std::string> etags_;
  std::size_t next_ = 0;
  std::optional<Error> failure_;
};

bool refuses_conditions(const Result<Answer>& answer) {
  return answer.ok() && !answer->ok() &&
         (answer->http.status == 501 || answer->error.code == "NotImplemented");
}

bool met_another(const Answer& answer) {
  return answer.http.status == 412 || answer.error.code == "PreconditionFailed";
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

Result<bool> was_written_by(S3Client& client, const std::string& key, const std::string& write_id,
                            const std::stop_token& stop) {
  S3Request request;
  request.method = net::Method::kHead;
  request.key = key;
  CAIRN_TRY(const Answer answer, client.send(request, stop));
  if (says_absent(answer)) return false;
  if (!answer.ok()) return error_of(answer, "looking whether `" + key + "` was written");
  const std::string* found = answer.http.header(kWriteIdHeader);
  return found && *found == write_id;
}

Result<PartsOutcome> put_in_parts(S3Client& client, const std::string& key, ObjectSource& source,
                                  const Headers& headers, LastRequest last,
                                  const std::stop_token& stop) {
  const std::string write_id = client.random_hex();
  Headers all = headers;
  all.push_back({kWriteIdHeader, write_id});
  Upload upload(client, key);
  CAIRN_CHECK(upload.begin(all, stop));
  Parts parts(upload, source, part_bytes_of(source.size_bytes(), client.endpoint().quirks()));
  const auto etags = parts.send(stop);
  if (!etags.ok()) {
    upload.abort(stop);
    return etags.error();
  }
  PartsOutcome outcome;
  auto answer = upload.complete(*etags, last, stop);
  if (last == LastRequest::kIfAbsent && refuses_conditions(answer)) {
    outcome.condition_refused = true;
    answer = upload.complete(*etags, LastRequest::kPlain, stop);
  }
  if (answer.ok() && answer->ok()) return outcome;
  // A first answer that was lost leaves no upload behind, and the object in its place.
  const bool may_be_there = !answer.ok() || answer->may_have_happened ||
                            answer->error.code == "NoSuchUpload" || answer->http.status == 409;
  if (may_be_there && !stop.stop_requested()) {
    const auto written = was_written_by(client, key, write_id, stop);
    if (written.ok() && *written) return outcome;
  }
  upload.abort(stop);
  if (!answer.ok()) return std::move(answer).error();
  if (last == LastRequest::kIfAbsent && met_another(*answer)) {
    outcome.put = PutOutcome::kAlreadyThere;
    return outcome;
  }
  return error_of(*answer, "finishing the upload of `" + key + "`");
}

}  // namespace cairn::remotes::s3
