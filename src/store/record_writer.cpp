#include "store/record_writer.hpp"

namespace cairn::store::detail {

RecordWriter::RecordWriter(IngestRun& run, std::size_t limit)
    : run_(run),
      limit_(limit),
      work_([this](Task& task) { return encode(task); }),
      slots_(std::make_shared<base::OrderedSlots<Task, Done>>(run.context, work_)) {}

RecordWriter::~RecordWriter() { slots_->close(); }

Status RecordWriter::put(ChunkRun chunks) {
  while (slots_->size() > 0 && (slots_->size() >= limit_ || slots_->head_ready()))
    CAIRN_CHECK(slots_->take_head());
  slots_->push(Task{next_put_++, std::move(chunks)});
  return {};
}

Status RecordWriter::finish() {
  while (slots_->size() > 0) CAIRN_CHECK(slots_->take_head());
  return {};
}

Result<RecordWriter::Done> RecordWriter::encode(Task& task) {
  const auto encoder = run_.encoders.take();
  ChunkRun& run = task.run;
  CAIRN_TRY(EncodedRecord record,
            encode_hashed(*encoder, run.chunks, run.plain, std::move(run.owner),
                          run_.options.effort, run.words));
  CAIRN_CHECK(deliver(task.number, std::move(record)));
  return Done{};
}

// Nobody waits for his turn: who finds the next record ready appends it, and all that became ready
// meanwhile.
Status RecordWriter::deliver(std::uint64_t number, EncodedRecord record) {
  std::unique_lock lock(mutex_);
  ready_.emplace(number, std::move(record));
  if (appending_) return {};
  appending_ = true;
  Status status;
  while (status.ok() && !ready_.empty() && ready_.begin()->first == next_append_) {
    EncodedRecord next = std::move(ready_.begin()->second);
    ready_.erase(ready_.begin());
    ++next_append_;
    lock.unlock();
    status = run_.session->append(format::PackKind::kData, std::move(next));
    lock.lock();
  }
  appending_ = false;
  return status;
}

}  // namespace cairn::store::detail
