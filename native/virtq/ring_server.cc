#include "virtq/ring_server.h"

#include <algorithm>
#include <utility>

#include "virtq/descriptor.h"
#include "virtq/now.h"

namespace doorbell {

namespace {

// What of the ring's own areas is not translated.
std::optional<TranslationMiss> MissingArea(const RingConfig& config, const GuestMemory& memory) {
  if (!memory.behind_iommu()) return std::nullopt;
  const bool packed = (config.features & kRingPacked) != 0;
  const uint8_t desc = packed ? Iotlb::kRead | Iotlb::kWrite : Iotlb::kRead;
  if (auto miss = memory.FindMiss(config.desc, DescAreaBytes(config), desc)) return miss;
  if (auto miss = memory.FindMiss(config.avail, AvailAreaBytes(config), Iotlb::kRead)) return miss;
  return memory.FindMiss(config.used, UsedAreaBytes(config), Iotlb::kWrite);
}

std::array<const std::byte*, 3> AreasOf(const RingConfig& config, const GuestMemory& memory) {
  if (!memory.behind_iommu()) return {};
  return {memory.Translate(config.addresses, config.desc, DescAreaBytes(config)),
          memory.Translate(config.addresses, config.avail, AvailAreaBytes(config)),
          memory.Translate(config.addresses, config.used, UsedAreaBytes(config))};
}

// Two locks of one kind are always taken in the same order, here by address.
class CommandLockPair {
 public:
  CommandLockPair(BatchMutex& a, BatchMutex& b) : first_(&a < &b ? a : b), second_(&a < &b ? b : a) {}

 private:
  CommandLock first_;
  CommandLock second_;
};

}  // namespace

void RingServer::Adopt(Ring ring, const RingConfig& config, std::shared_ptr<GuestMemory> memory) {
  ring_ = std::move(ring);
  config_ = config;
  memory_ = std::move(memory);
  areas_ = AreasOf(config_, *memory_);
  suspended_ = false;
  miss_.reset();
  broken_.store(static_cast<int8_t>(BreakCode::kNone), std::memory_order_relaxed);
  last_taken_ns_ = NowNs();
  found_empty_ = false;
  ring_->SignalNext();
  EnableNotifications();
  started_.store(true, std::memory_order_release);
  if (held()) hold_();
}

void RingServer::Release() {
  if (ring_.has_value()) last_base_ = ring_->base();
  ring_.reset();
  memory_.reset();
  suspended_ = false;
  miss_.reset();
  blackout_since_ns_.store(0, std::memory_order_relaxed);
  started_.store(false, std::memory_order_release);
}

Status RingServer::Start(const RingConfig& config, std::shared_ptr<GuestMemory> memory, uint32_t base) {
  const CommandLock lock(mutex_);
  if (memory_ != nullptr) return Error{"EBUSY", "the ring is started already"};
  if (memory->truncated())
    return Error{BreakCodeName(BreakCode::kMemoryTruncated), "guest memory was truncated"};
  if (const auto miss = MissingArea(config, *memory); miss.has_value()) {
    config_ = config;
    memory_ = std::move(memory);
    last_base_ = base;
    broken_.store(static_cast<int8_t>(BreakCode::kNone), std::memory_order_relaxed);
    started_.store(true, std::memory_order_release);
    Suspend(*miss);
    return {};
  }
  Result<Ring> ring = Ring::AttachAtBase(config, *memory, base);
  if (!ring.ok()) return ring.error();
  Adopt(std::move(ring).value(), config, std::move(memory));
  return {};
}

uint32_t RingServer::Stop() {
  const CommandLock lock(mutex_);
  if (memory_ != nullptr) Release();
  return last_base_;
}

Status RingServer::ReplaceMemory(std::shared_ptr<GuestMemory> memory) {
  const CommandLock lock(mutex_);
  if (memory_ == nullptr) return Error{"ENOTCONN", "the ring is not started"};
  if (const auto miss = MissingArea(config_, *memory); miss.has_value()) {
    memory_ = std::move(memory);
    Suspend(*miss);
    return {};
  }
  if (suspended_) {
    memory_ = std::move(memory);
    Resume();
    return {};
  }
  Result<Ring> ring = Ring::Attach(config_, *memory, ring_->position());
  if (!ring.ok()) return ring.error();
  ring_ = std::move(ring).value();
  memory_ = std::move(memory);
  areas_ = AreasOf(config_, *memory_);
  ring_->SignalNext();
  EnableNotifications();
  return {};
}

bool RingServer::TranslationsChanged() {
  const CommandLock lock(mutex_);
  if (memory_ == nullptr || broken() != BreakCode::kNone) return false;
  if (const auto miss = MissingArea(config_, *memory_); miss.has_value()) {
    Suspend(*miss);
    return false;
  }
  if (suspended_ || AreasMoved()) {
    if (!suspended_) last_base_ = ring_->base();
    Resume();
    return true;
  }
  if (!miss_.has_value() || memory_->FindMiss(miss_->iova, 1, miss_->permission).has_value()) return false;
  miss_.reset();
  return true;
}

std::optional<TranslationMiss> RingServer::Miss() {
  const CommandLock lock(mutex_);
  return miss_;
}

bool RingServer::AreasMoved() const { return areas_ != AreasOf(config_, *memory_); }

void RingServer::WaitFor(const TranslationMiss& miss) {
  if (miss_ == miss) return;
  miss_ = miss;
  if (on_break_) on_break_();
}

void RingServer::Suspend(const TranslationMiss& miss) {
  if (ring_.has_value()) last_base_ = ring_->base();
  ring_.reset();
  suspended_ = true;
  WaitFor(miss);
}

void RingServer::Resume() {
  Result<Ring> ring = Ring::AttachAtBase(config_, *memory_, last_base_);
  if (ring.ok())
    Adopt(std::move(ring).value(), config_, memory_);
  else
    Break(BreakCode::kAddressInvalid);
}

void RingServer::SetLog(std::shared_ptr<DirtyLog> log, std::optional<uint64_t> used) {
  const CommandLock lock(mutex_);
  log_.swap(log);
  used_log_ = used;
  // What was written there before is as dirty as what comes.
  if (log_ != nullptr && ring_.has_value()) MarkUsedArea();
}

void RingServer::MarkTakenOver() {
  const CommandLock lock(mutex_);
  if (log_ != nullptr && memory_ != nullptr) log_->MarkAll(*memory_);
}

void RingServer::MarkBuffers(std::span<const HostBuffer> buffers, uint64_t written) {
  for (const HostBuffer& buffer : buffers) {
    const uint64_t part = std::min<uint64_t>(written, buffer.length);
    log_->Mark(memory_->ToGuest(buffer.data), part);
    written -= part;
    if (written == 0) return;
  }
}

void RingServer::MarkUsedArea() {
  if (!used_log_.has_value()) return;
  // Behind an IOMMU the front-end has an I/O virtual address for it.
  const uint64_t used = memory_->behind_iommu() ? memory_->ToGuest(areas_[2]) : *used_log_;
  log_->Mark(used, UsedAreaBytes(config_));
  if ((config_.features & kRingPacked) == 0) return;
  // Of a packed ring the used descriptors lie in the table, whose address the front-end does not give for logging.
  const uint64_t bytes = config_.size * kDescriptorSize;
  const std::byte* table = memory_->Translate(config_.addresses, config_.desc, bytes);
  if (table != nullptr) log_->Mark(memory_->ToGuest(table), bytes);
}

void RingServer::HoldAtStart(std::function<void()> reached) {
  const CommandLock lock(mutex_);
  hold_.swap(reached);
  if (held()) hold_();
  // Whoever rested while the ring was held left it silent, and may find nothing to serve when it looks again: the
  // driver must tell of what comes after that look.
  if (!hold_ && serving()) EnableNotifications();
}

bool RingServer::HeldAtStart() {
  const CommandLock lock(mutex_);
  return held();
}

Result<uint32_t> RingServer::HandOver(RingServer& from, RingServer& to,
                                      std::optional<uint64_t> held_since_ns) {
  const CommandLockPair locks(from.mutex_, to.mutex_);
  if (!from.ring_.has_value()) return Error{"ENOTCONN", "the ring is not started"};
  if (from.memory_->behind_iommu())
    return Error{"iommu-active", "a device that is handed the ring does not follow the IOMMU's translations"};
  if (from.broken() != BreakCode::kNone)
    return Error{BreakCodeName(from.broken()), "the ring is broken"};
  if (to.ring_.has_value()) return Error{"EBUSY", "the new owner serves another ring"};

  const uint32_t base = from.ring_->base();
  Result<Ring> ring = Ring::Attach(from.config_, *from.memory_, from.ring_->position());
  if (!ring.ok()) return ring.error();

  // An rx ring always holds buffers: there is work when frames wait for them.
  const bool rx = from.direction_ == Direction::kWritable;
  const bool empty = rx ? !held_since_ns.has_value() : from.ring_->Refresh() == 0;
  // Nobody is late with what has not come: a frame before it was held, a chain where the last look found none.
  const uint64_t since = rx                  ? std::max(from.last_taken_ns_, held_since_ns.value_or(0))
                         : from.found_empty_ ? NowNs()
                                             : from.last_taken_ns_;
  to.Adopt(std::move(ring).value(), from.config_, from.memory_);
  if (empty)
    to.blackout_ns_.store(0, std::memory_order_relaxed);
  else
    to.blackout_since_ns_.store(since, std::memory_order_relaxed);
  from.Release();
  from.hold_ = nullptr;
  return base;
}

uint64_t RingServer::AwaitFirstTake(uint64_t limit_ns) const {
  const uint64_t begin = NowNs();
  // Without yielding: on a busy machine that would cost the caller far more than the limit.
  while (blackout_since_ns_.load(std::memory_order_relaxed) != 0 && NowNs() - begin < limit_ns) continue;
  return static_cast<uint64_t>(blackout_ns());
}

int64_t RingServer::blackout_ns() const {
  // acquire: pairs with NoteTaken, so that the blackout it stored is the one read below.
  const uint64_t since = blackout_since_ns_.load(std::memory_order_acquire);
  if (since != 0) return static_cast<int64_t>(NowNs() - since);
  return blackout_ns_.load(std::memory_order_relaxed);
}

void RingServer::NoteTaken() {
  last_taken_ns_ = NowNs();
  const uint64_t since = blackout_since_ns_.load(std::memory_order_relaxed);
  if (since == 0) return;
  blackout_ns_.store(static_cast<int64_t>(last_taken_ns_ - since), std::memory_order_relaxed);
  blackout_since_ns_.store(0, std::memory_order_release);
}

void RingServer::NoteServing() {
  const CommandLock lock(mutex_);
  NoteTaken();
}

Status RingServer::ResumeAt(const RingPosition& at, uint64_t completed, std::span<const uint16_t> leftovers) {
  const CommandLock lock(mutex_);
  if (!ring_.has_value()) return Error{"ENOTCONN", "the ring is not started"};
  Result<Ring> ring = Ring::Attach(config_, *memory_, at);
  if (!ring.ok()) return ring.error();
  ring_ = std::move(ring).value();
  RingCounters::Add(counters_.chains, completed);
  for (const uint16_t head : leftovers) Complete(Chain{.id = head}, 0);
  if (!leftovers.empty()) Publish();
  return {};
}

void RingServer::BreakStopped() {
  const CommandLock lock(mutex_);
  Break(BreakCode::kIndexJumped);
}

void RingServer::SetCall(std::shared_ptr<const EventTarget> call) {
  const CommandLock lock(mutex_);
  call_.swap(call);
}

void RingServer::SetErr(std::shared_ptr<const EventTarget> err) {
  const CommandLock lock(mutex_);
  err_.swap(err);
}

bool RingServer::CheckMemory() {
  if (!memory_->truncated() && (log_ == nullptr || !log_->truncated())) return true;
  Break(BreakCode::kMemoryTruncated);
  return false;
}

size_t RingServer::Take(ChainBatch& batch, size_t max) {
  batch.Clear();
  if (!CheckMemory() || miss_.has_value()) return 0;
  const BreakCode code = hold_ ? TakeUpToStart(batch, max) : ring_->Take(batch, max, direction_);
  if (code != BreakCode::kNone) End(code, batch);
  // What it leaves lying because it waits is not late by its doing.
  found_empty_ = batch.count == 0 && !waits();
  if (batch.count != 0) NoteTaken();
  return batch.count;
}

BreakCode RingServer::TakeUpToStart(ChainBatch& batch, size_t max) {
  while (batch.count < max && !held()) {
    const size_t before = batch.count;
    const BreakCode code = ring_->TakeOne(batch, direction_);
    if (code != BreakCode::kNone || batch.count == before) return code;
  }
  return BreakCode::kNone;
}

bool RingServer::TakeOne(ChainBatch& batch) {
  const size_t before = batch.count;
  // What was begun before the first index is not torn apart there.
  if (miss_.has_value() || (before == 0 && held())) return false;
  const BreakCode code = ring_->TakeOne(batch, direction_);
  if (code != BreakCode::kNone) End(code, batch);
  return batch.count > before;
}

void RingServer::End(BreakCode code, const ChainBatch& batch) {
  if (code == BreakCode::kTranslationMissing)
    WaitFor(batch.miss);
  else
    Break(code);
}

void RingServer::Complete(const Chain& chain, uint32_t written) {
  ring_->Complete(chain, written);
  ++in_batch_;
  RingCounters::Add(counters_.chains, 1);
  RingCounters::Add(counters_.bytes, chain.readable_bytes + written);
}

void RingServer::Complete(std::span<const Chain> chains, uint64_t frames) {
  ring_->Complete(chains);
  in_batch_ += chains.size();
  uint64_t bytes = 0;
  for (const Chain& chain : chains) bytes += chain.readable_bytes + chain.written;
  RingCounters::Add(counters_.chains, chains.size());
  RingCounters::Add(counters_.frames, frames);
  RingCounters::Add(counters_.bytes, bytes);
}

void RingServer::CountBatch(bool called) {
  RingCounters::Add(counters_.batches[RingCounters::BatchSize(in_batch_)], 1);
  in_batch_ = 0;
  RingCounters::Add(called ? counters_.calls : counters_.calls_suppressed, 1);
  if (!notifying_) RingCounters::Add(counters_.kicks_suppressed, 1);
}

void RingServer::Publish() {
  // Tx notes the time per Take(); rx takes one chain at a time, so it does so here.
  if (direction_ == Direction::kWritable && ring_->has_unpublished()) NoteTaken();
  const bool arrived = held() && ring_->has_unpublished();
  const bool wanted = ring_->Publish();
  // Before the driver hears of it, so that a guest stopped in between has marked what it saw.
  if (log_ != nullptr) MarkUsedArea();
  const bool called = wanted && call_ != nullptr;
  if (called) call_->Signal();
  if (in_batch_ > 0) CountBatch(called);
  if (arrived) hold_();
}

void RingServer::Break(BreakCode code) {
  broken_.store(static_cast<int8_t>(code), std::memory_order_relaxed);
  if (err_ != nullptr) err_->Signal();
  if (on_break_) on_break_();
}

std::optional<RingServer::Indices> RingServer::Peek() const {
  if (!ring_.has_value()) return std::nullopt;
  return Indices{ring_->PeekAvail(), ring_->PeekUsed(), ring_->PeekToStart()};
}

}  // namespace doorbell
