#include "cli/commands/commands.hpp"
#include "cli/format_reply.hpp"

namespace cairn::cli {

namespace {

Reply render_verify(const repo::VerifyReport& report) {
  constexpr std::size_t kShown = 20;
  Reply reply;
  reply.json["verified"] = report.wrong.empty();
  reply.json["files"] = report.files;
  reply.json["bytes"] = report.bytes;
  auto& wrong = reply.json["wrong"] = Json::array();
  for (const auto& change : report.wrong)
    wrong.push_back({{"kind", change_name(change.kind)}, {"path", change.path}});
  for (std::size_t i = 0; i < report.wrong.size() && i < kShown; ++i) {
    reply.text +=
        std::string(change_name(report.wrong[i].kind)) + " " + shown(report.wrong[i].path) + "\n";
  }
  if (report.wrong.size() > kShown)
    reply.text += "and " + base::human_count(report.wrong.size() - kShown) + " more\n";
  reply.text +=
      "read " + counted(report.files, "file") + ", " + base::human_bytes(report.bytes) + ": ";
  if (report.wrong.empty()) {
    reply.text += "every byte is what the pointers say\n";
    return reply;
  }
  reply.text +=
      counted(report.wrong.size(), "path") + " not as the pointers say\n" +
      "next: cairn add keeps what is here, cairn checkout brings back what the pointers say\n";
  reply.quietable = false;
  reply.exit_code = 3;
  return reply;
}

Result<Reply> run_verify(const Invocation& call) {
  double share = 1.0;
  if (call.arguments.has("read-data"))
    CAIRN_CHECK(parse_share(call.arguments.value("read-data"), share));
  CAIRN_TRY(auto repository, call.repository());
  CAIRN_TRY(const auto report, repo::verify(call.context, repository, call.arguments.words, share));
  return render_verify(report);
}

}  // namespace

Command verify_command() {
  return {"verify",
          Group::kTrust,
          "read the data in the tree again and compare it with the pointers",
          {kReadData},
          {{"PATH", 0, -1}},
          &run_verify,
          "cairn verify --read-data 10% data/images"};
}

}  // namespace cairn::cli
