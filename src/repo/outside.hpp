// Paths whose data stands outside of the work tree (add --from): where, as this clone knows. One
// note file in the state directory; records are only appended, and the last of a path counts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "repo/repository.hpp"

namespace cairn::repo {

struct Outside {
  std::string from;  // absolute
  Digest oid;        // of the version that was made of it
};

// The line that adds it again.
std::string line_of_outside(const Outside& outside, const std::string& path);

class OutsidePaths {
 public:
  // Without notes there are none.
  static Result<OutsidePaths> read(const Repository& repository);

  // Nothing for a path that is not noted, or where data has come to its place in the tree since: a
  // link there is no data.
  [[nodiscard]] Result<std::optional<Outside>> find(const std::string& path) const;
  // Takes out of `selected` what stands outside and is not itself among `named`, nor a place in it;
  // returns those paths.
  [[nodiscard]] Result<std::vector<std::string>> leave_alone(const std::vector<std::string>& named,
                                                             std::vector<Selected>& selected) const;

 private:
  explicit OutsidePaths(const Repository& repository) : repository_(&repository) {}
  const Repository* repository_;
  std::map<std::string, Outside> noted_;
};

// The same for arguments as typed.
Result<std::vector<std::string>> leave_outside(const Repository& repository,
                                               const std::vector<std::string>& typed,
                                               std::vector<Selected>& selected);

// Links of the user at places that are to be written, by path with their targets.
using LinksInTheWay = std::map<std::string, std::string>;
Result<LinksInTheWay> links_in_the_way(const Repository& repository,
                                       const std::vector<Selected>& selected);
// kConflict that names the first of them and says what to remove.
Status refuse_links(const LinksInTheWay& links);
// Takes them away, or puts back those that are gone.
Status remove_links(const Repository& repository, const LinksInTheWay& links);
Status put_back_links(const Repository& repository, const LinksInTheWay& links);

// Notes it, unless data stands at its place in the tree; what was known of data there is forgotten.
Status note_outside(const Repository& repository, const Tracked& tracked, const std::string& from);
// Does nothing where nothing is noted.
Status forget_outside(const Repository& repository, const std::vector<std::string>& paths);
Status move_outside(const Repository& repository, const std::string& from, const std::string& to);

}  // namespace cairn::repo
