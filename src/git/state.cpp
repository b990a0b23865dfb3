#include "git/state.hpp"

namespace cairn::git {

void AskedAhead::start(Result<base::RunningProcess> listing) {
  if (listing) process_.emplace(*std::move(listing));
}

std::optional<std::string> AskedAhead::take() {
  auto process = std::exchange(process_, std::nullopt);
  if (!process) return std::nullopt;
  auto answer = process->finish();
  if (!answer || answer->exit_code != 0) return std::nullopt;
  return std::move(answer->output);
}

Result<ConfigListing> GitRepo::State::config_for(std::size_t count) {
  return objects.needs_config(count) ? listed_config() : ConfigListing();
}

Status GitRepo::State::read(const std::vector<std::string>& blobs, std::size_t max_bytes,
                            std::vector<std::string>& out) {
  const std::scoped_lock lock(objects_mutex);
  CAIRN_TRY(const auto listing, config_for(blobs.size()));
  return objects.read(listing, blobs, max_bytes, out);
}

Status GitRepo::State::compare(const std::vector<Comparison>& comparisons, PointerSet& pointers) {
  const std::scoped_lock lock(objects_mutex);
  CAIRN_TRY(const auto listing, config_for(comparisons.size()));
  return objects.compare(listing, comparisons, pointers);
}

Status GitRepo::read_objects_with(std::string_view reader) const {
  Reading reading = Reading::kAuto;
  if (reader == "exec") {
    reading = Reading::kExecutable;
  } else if (reader == "libgit2") {
    reading = Reading::kLibrary;
  } else if (!reader.empty() && reader != "auto") {
    return Error(Code::kUsage, "`" + std::string(reader) + "` is no reader of git objects")
        .hint("git config cairn.git-reader auto")
        .slug("bad-config");
  }
  const std::scoped_lock lock(state_->objects_mutex);
  state_->objects.choose(reading);
  return {};
}

Result<std::string> GitRepo::reader_of_objects() const {
  const std::scoped_lock lock(state_->objects_mutex);
  CAIRN_TRY(const auto listing, state_->listed_config());
  return state_->objects.description(listing);
}

}  // namespace cairn::git
