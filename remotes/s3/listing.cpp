#include "remotes/s3/listing.hpp"

#include <utility>

namespace cairn::remotes::s3 {
namespace {

class Lister {
 public:
  Lister(S3Client& client, const std::string& prefix)
      : client_(client), prefix_(prefix), version_(client.list_version()) {}

  Result<ListPage> next(const std::stop_token& stop) {
    CAIRN_TRY(Answer answer, ask(stop));
    if (does_not_know_v2(answer)) {
      version_ = ListVersion::kV1;
      client_.note_list_version(version_);
      CAIRN_TRY(answer, ask(stop));
    }
    if (!answer.ok()) return error_of(answer, "listing `" + prefix_ + "`");
    if (answer.http.truncated)
      return Error(Code::kNetwork, "a page of the listing is too large").slug("bad-answer");
    CAIRN_TRY(auto page, parse_list_page(answer.http.body_text()));
    ++pages_;
    CAIRN_CHECK(go_on_after(page));
    return page;
  }

 private:
  Result<Answer> ask(const std::stop_token& stop) {
    S3Request request;
    request.query = {{"prefix", prefix_}, {"max-keys", "1000"}};
    if (version_ == ListVersion::kV2) request.query.emplace_back("list-type", "2");
    if (version_ == ListVersion::kV2 && !position_.empty())
      request.query.emplace_back("continuation-token", position_);
    if (version_ == ListVersion::kV1 && !position_.empty())
      request.query.emplace_back("marker", position_);
    return client_.send(request, stop);
  }

  [[nodiscard]] bool does_not_know_v2(const Answer& answer) const {
    if (version_ == ListVersion::kV1 || pages_ > 0 || answer.ok()) return false;
    const std::string& code = answer.error.code;
    return answer.http.status == 501 || code == "NotImplemented" || code == "InvalidArgument" ||
           code == "UnsupportedOperation";
  }

  // A store that answers version 2 with a page of version 1 gives no token; the last key is where
  // it goes on.
  Status go_on_after(const ListPage& page) {
    if (!page.truncated) return {};
    if (version_ == ListVersion::kV2 && page.continuation_token.empty())
      version_ = ListVersion::kV1;
    std::string next = page.continuation_token;
    if (version_ == ListVersion::kV1)
      next = !page.next_marker.empty() || page.objects.empty() ? page.next_marker
                                                               : page.objects.back().key;
    const bool moves =
        version_ == ListVersion::kV1 ? next > position_ : !next.empty() && next != position_;
    if (!moves) {
      return Error(Code::kNetwork, "the store's listing of `" + prefix_ +
                                       "` goes in circles, so it cannot be trusted to be whole")
          .slug("bad-answer");
    }
    position_ = std::move(next);
    return {};
  }

  S3Client& client_;
  const std::string& prefix_;
  ListVersion version_;
  std::string position_;
  int pages_ = 0;
};

}  // namespace

Status list_keys(S3Client& client, const std::string& prefix,
                 const std::function<Status(const ObjectInfo&)>& visit,
                 const std::stop_token& stop) {
  Lister lister(client, prefix);
  std::string
      last_first;  // first key of the page before: two pages that start alike are one page twice
  for (;;) {
    CAIRN_TRY(const ListPage page, lister.next(stop));
    if (!page.objects.empty() && page.objects.front().key == last_first) {
      return Error(Code::kNetwork, "the store gives the same page of a listing again and again")
          .slug("bad-answer");
    }
    for (const ObjectInfo& info : page.objects) CAIRN_CHECK(visit(info));
    if (!page.truncated) return {};
    if (!page.objects.empty()) last_first = page.objects.front().key;
  }
}

}  // namespace cairn::remotes::s3
