#include "repo/lfs_blobs.hpp"

#include <algorithm>

#include "base/file.hpp"
#include "base/text.hpp"

namespace cairn::repo {

namespace {

struct Candidate {
  std::string path, blob;
  bool executable = false;
};

// Those whose blobs are pointers: sizes are asked first, so that no large blob is read.
Result<std::vector<LfsFile>> read_pointers(const Repository& repository,
                                           const std::vector<Candidate>& candidates) {
  std::string input;
  for (const auto& one : candidates) input += one.blob + "\n";
  if (input.empty()) return std::vector<LfsFile>();
  CAIRN_TRY(const auto answer,
            repository.git().run({"cat-file", "--batch-check=%(objecttype) %(objectsize)"}, input));
  const auto lines = base::split(answer, '\n');
  std::vector<std::string> blobs;
  std::vector<const Candidate*> of;
  for (std::size_t i = 0; i < candidates.size() && i < lines.size(); ++i) {
    std::uint64_t size = 0;
    const bool blob = lines[i].starts_with("blob ") && base::parse_u64(lines[i].substr(5), size);
    if (!blob || size == 0 || size > foreign::kMaxLfsPointerBytes) continue;
    blobs.push_back(candidates[i].blob);
    of.push_back(&candidates[i]);
  }
  CAIRN_TRY(const auto texts, repository.git().read_blobs(blobs, foreign::kMaxLfsPointerBytes));
  std::vector<LfsFile> out;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (auto pointer = foreign::parse_lfs_pointer(texts[i]))
      out.push_back({of[i]->path, *std::move(pointer), of[i]->executable});
  }
  std::ranges::sort(out, {}, &LfsFile::path);
  return out;
}

// "mode … id …\tpath" entries: the id is field `id_field`.
std::vector<Candidate> parse_entries(std::string_view listing, std::size_t id_field) {
  std::vector<Candidate> out;
  for (const auto entry : base::split(listing, '\0')) {
    const auto tab = entry.find('\t');
    if (tab == std::string_view::npos || !entry.starts_with("100")) continue;
    const auto fields = base::split(entry.substr(0, tab), ' ');
    if (fields.size() != 3) continue;
    out.push_back(
        {std::string(entry.substr(tab + 1)), std::string(fields[id_field]), fields[0] == "100755"});
  }
  return out;
}

}  // namespace

Result<std::vector<LfsFile>> lfs_in_index(const Repository& repository) {
  CAIRN_TRY(const auto listing, repository.git().run({"ls-files", "-s", "-z"}));
  return read_pointers(repository, parse_entries(listing, 1));
}

Result<std::vector<LfsFile>> lfs_at(const Repository& repository, const std::string& commit,
                                    const std::function<bool(const std::string& path)>& wanted) {
  CAIRN_TRY(const auto listing,
            repository.git().run({"ls-tree", "-r", "-z", "--full-tree", commit}));
  auto candidates = parse_entries(listing, 2);
  std::erase_if(candidates, [&](const Candidate& one) { return !wanted(one.path); });
  return read_pointers(repository, candidates);
}

Result<std::vector<LfsFile>> lfs_in_history(const Repository& repository) {
  CAIRN_TRY(const auto listing, repository.git().run({"rev-list", "--all", "--objects"}));
  std::vector<Candidate> candidates;
  for (const auto line : base::split(listing, '\n')) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos || space + 1 == line.size()) continue;
    candidates.push_back(
        {std::string(line.substr(space + 1)), std::string(line.substr(0, space)), false});
  }
  return read_pointers(repository, candidates);
}

std::string lfs_name(const foreign::LfsPointer& pointer) { return "sha256-" + pointer.sha256; }

}  // namespace cairn::repo
