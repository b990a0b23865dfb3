// The steps of a push that write: records, locators, root tables, roots. Each moves what it wrote
// to the remote in the plan.
#pragma once

#include <vector>

#include "sync/lease.hpp"
#include "sync/pack_upload.hpp"
#include "sync/planning.hpp"

namespace cairn::sync {

// P3 for chunks and pages: every record of a live version that is not on the remote yet. Copied as
// it is when all of its chunks are to be uploaded, else its chunks are encoded again without the
// others: nobody's other data leaves the machine. Chunks that turn out to be unreadable come back;
// then the plan is void.
Result<std::vector<ChunkId>> upload_records(const PlanInputs& inputs, Plan& plan,
                                            PackUpload& upload);

// Sums over what upload_records() would send. Packs are those of data, of pages, and of tables.
struct UploadEstimate {
  std::uint64_t chunks = 0, plain_bytes = 0, stored_bytes = 0, packs = 0;
};
Result<UploadEstimate> estimate_upload(const Plan& plan);

// P3 for locators of leaves that have none that counts. Afterwards all packs have their names.
Status upload_locators(const PlanInputs& inputs, Plan& plan, PackUpload& upload);

// P3 for root tables, level by level: a page names the packs of what is below it. Returns the top
// of each live version's table (others stay empty). The pages lie in packs of their own.
Result<std::vector<format::TableTop>> upload_tables(const PlanInputs& inputs, Plan& plan,
                                                    PackUpload& upload);

// Every pack that the live versions rely on, once all has its place. Packs of reused locators and
// tables are known already.
void collect_relied(Plan& plan);
// Stored bytes of each live version: its records, each once.
void measure_versions(Plan& plan);

}  // namespace cairn::sync
