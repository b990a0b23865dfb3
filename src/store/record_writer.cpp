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
  CAIRN_TRY(EncodedRun encoded, encode_run(run_, *encoder, std::move(task.run)));
  CAIRN_CHECK(deliver(task.number, std::move(encoded)));
  return Done{};
}

// Nobody waits for his turn: who finds the next record ready appends it, and all that became ready
// meanwhile.
Status RecordWriter::deliver(std::uint64_t number, EncodedRun encoded) {
  std::unique_lock lock(mutex_);
  ready_.emplace(number, std::move(encoded));
  if (appending_) return {};
  appending_ = true;
  Status status;
  while (status.ok() && !ready_.empty() && ready_.begin()->first == next_append_) {
    EncodedRun next = std::move(ready_.begin()->second);
    ready_.erase(ready_.begin());
    ++next_append_;
    lock.unlock();
    status = append(std::move(next));
    lock.lock();
  }
  appending_ = false;
  return status;
}

Status RecordWriter::append(EncodedRun encoded) {
  CAIRN_TRY(auto records, settle_run(run_, std::move(encoded)));
  for (EncodedRecord& record : records)
    CAIRN_CHECK(run_.session->append(format::PackKind::kData, std::move(record)));
  return {};
}

}  // namespace cairn::store::detail
