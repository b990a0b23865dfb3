// What is stored in a form that makes each version cost its whole size, and the better way. Advice:
// nothing depends on it.
#pragma once

#include <string>
#include <vector>

#include "repo/chunked_file.hpp"
#include "repo/repository.hpp"

namespace cairn::repo {

enum class CostlyForm { kGzipTable, kCompressedNpz, kPickle, kParquetPages, kReorderedTable };

// By the name and the first and last bytes of a file; nothing: no such form, or not to be told from
// what is here.
std::optional<CostlyForm> costly_form(const std::string& path, ChunkedFile& file);
// True for names that are worth a look.
bool may_be_costly(const std::string& path);
// Why, and what to do instead; one line each.
std::string why_costly(CostlyForm form);
std::string better_way(CostlyForm form);
// About the share of what a version takes now that a further one with few changes would not take.
double expected_saving(CostlyForm form);

struct StorageAdvice {
  std::string path;
  CostlyForm form = CostlyForm::kGzipTable;
  std::uint64_t bytes = 0;   // of the file: what each further version costs at most
  std::uint64_t stored = 0;  // what this one takes in the store
  std::uint64_t saving = 0;  // of which about so much would be saved
};
// Of staged pointers whose lists and data are here; the first `limit`. Tables are compared with the
// version before the staged one. What can't be read is passed over.
Result<std::vector<StorageAdvice>> storage_advice(const Context& context, Repository& repository,
                                                  std::size_t limit);

}  // namespace cairn::repo
