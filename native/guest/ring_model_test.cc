// A random driver against a random device on one ring, in both formats: each step is one call of either half, and what
// must hold is known from a plain queue of what was offered. The same again with both halves on threads of their own,
// which sleep whenever the other side has to wake them: a wake-up that does not come is a test that does not end.
#include <array>
#include <chrono>
#include <deque>
#include <random>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "guest/driver_ring.h"
#include "testing/raw_ring.h"
#include "testing/test.h"
#include "virtq/ring.h"

namespace doorbell::ring_model_test {
namespace {

using testing::RawRing;

constexpr uint16_t kDescriptorsPerSlot = 2;
constexpr uint64_t kSegmentBytes = 64;
// Far longer than any wake-up takes; only a lost one takes it.
constexpr std::chrono::seconds kPatience{10};

struct Shape {
  uint16_t size;
  uint64_t features;
  uint32_t base;
  // The device fills what it takes instead of reading it.
  bool writable;

  bool packed() const { return (features & kRingPacked) != 0; }
  std::string name() const {
    return std::string(packed() ? "packed" : "split") + " size " + std::to_string(size) + " features " +
           std::to_string(features) + " base " + std::to_string(base) + (writable ? " rx" : " tx");
  }
};

// Both halves on one memory.
class Bench {
 public:
  explicit Bench(const Shape& shape)
      : shape_(shape),
        raw_(shape.size, shape.features),
        driver(DriverRingMemory{raw_.At(RawRing::kDesc), raw_.At(RawRing::kAvail), raw_.At(RawRing::kUsed)},
               DriverRingOptions{.size = shape.size,
                                 .descriptors_per_slot = shape.writable ? uint16_t{1} : kDescriptorsPerSlot,
                                 .event_idx = (shape.features & kEventIdx) != 0,
                                 .packed = shape.packed(),
                                 .in_order = (shape.features & kRingInOrder) != 0}),
        device_(AttachAfterReset()) {}

  Ring& device() { return device_; }
  Direction direction() const { return shape_.writable ? Direction::kWritable : Direction::kReadable; }
  const Shape& shape() const { return shape_; }

  // Offers the next slot with `variant` of the ways its chain can look; → the bytes that it has.
  uint64_t Offer(uint16_t slot, uint64_t variant) {
    const uint64_t buffer = RawRing::kBuffers + slot * 2 * kSegmentBytes;
    if (shape_.writable) {
      driver.OfferWritable(slot, {buffer, kSegmentBytes});
      return kSegmentBytes;
    }
    const std::array segments = {Segment{buffer, 12}, Segment{buffer + kSegmentBytes, kSegmentBytes}};
    const std::span<const Segment> chosen = std::span(segments).first(variant % 3 == 0 ? 1 : 2);
    uint64_t bytes = 0;
    for (const Segment& segment : chosen) bytes += segment.length;
    const uint64_t table = RawRing::kTables + slot * uint64_t{32};
    if ((shape_.features & kIndirectDesc) != 0 && variant % 2 == 0)
      driver.OfferIndirect(slot, chosen, raw_.At(table), table);
    else
      driver.OfferReadable(slot, chosen);
    return bytes;
  }
  // As when the owner changes: another value goes on where this one stands.
  void HandOver() {
    Result<Ring> next = Ring::AttachAtBase(raw_.config(), *raw_.memory(), device_.base());
    REQUIRE(next.ok());
    device_ = std::move(next).value();
    device_.SignalNext();
  }

 private:
  Ring AttachAfterReset() {
    driver.Reset(shape_.base);
    Result<Ring> ring = Ring::AttachAtBase(raw_.config(), *raw_.memory(), shape_.base);
    REQUIRE(ring.ok());
    return std::move(ring).value();
  }

  const Shape shape_;
  RawRing raw_;

 public:
  DriverRing driver;

 private:
  Ring device_;
};

std::vector<Shape> Shapes() {
  std::vector<Shape> shapes;
  constexpr uint64_t kPlain = kVersion1;
  constexpr uint64_t kAll = kVersion1 | kIndirectDesc | kEventIdx;
  for (const uint64_t more : {kPlain, kAll, kAll | kRingInOrder}) {
    for (const bool writable : {false, true}) {
      // Split indices wrap at 2^16; a size of 4 meets every boundary often.
      shapes.push_back({4, more, 0xfff0, writable});
      shapes.push_back({64, more, 0, writable});
      // Packed rings need no power of two; bases in both kinds of laps.
      shapes.push_back({4, more | kRingPacked, 0x8000'8000, writable});
      shapes.push_back({7, more | kRingPacked, 0x0003'0003, writable});
      shapes.push_back({64, more | kRingPacked, 0x803f'803f, writable});
    }
  }
  return shapes;
}

// What one random walk knows.
class Walk {
 public:
  Walk(Bench& bench, uint32_t seed) : bench_(bench), random_(seed) {}

  void Step() {
    switch (Below(8)) {
      case 0:
      case 1:
        return DriverOffers();
      case 2:
        return DriverReaps();
      case 3:
        return Chance(2) ? DriverSleeps() : DriverWakes();
      case 4:
      case 5:
        return DeviceServes();
      case 6:
        return Chance(2) ? DeviceSleeps() : DeviceWakes();
      default:
        if (Chance(4)) HandOver();
    }
  }

  // Everything goes round once more, and nothing is left.
  void Finish() {
    DeviceWakes();
    DriverWakes();
    while (!shown_.empty() || !offered_.empty() || !used_.empty()) {
      PublishOffers();
      DeviceServes();
      DriverReaps();
    }
    CHECK_EQ(bench_.driver.free_slots(), bench_.driver.slot_count());
    CHECK(!bench_.driver.broken());
  }

 private:
  struct Offered {
    uint16_t slot;
    uint64_t bytes;
    uint32_t written = 0;
  };

  uint64_t Below(uint64_t bound) { return random_() % bound; }
  bool Chance(uint64_t n) { return Below(n) == 0; }

  void DriverOffers() {
    for (uint64_t count = Below(bench_.driver.slot_count() + 1u); count > 0 && bench_.driver.free_slots() > 0;
         --count) {
      const uint16_t slot = bench_.driver.TakeSlot();
      offered_.push_back({slot, bench_.Offer(slot, random_())});
    }
    if (!Chance(4)) PublishOffers();
  }

  void PublishOffers() {
    const bool news = !offered_.empty();
    const bool notify = bench_.driver.Publish();
    shown_.insert(shown_.end(), offered_.begin(), offered_.end());
    offered_.clear();
    if (news && device_asleep_) CHECK(notify);
    if (notify) device_asleep_ = false;
  }

  void DriverReaps() {
    for (;;) {
      const UsedSlot used = bench_.driver.PopUsed();
      if (used.kind == Pop::kNone) break;
      CHECK(used.kind == Pop::kSlot);
      REQUIRE(!used_.empty());
      CHECK_EQ(used.slot, used_.front().slot);
      CHECK_EQ(used.length, used_.front().written);
      used_.pop_front();
    }
    // All that was published is visible at once.
    CHECK(used_.empty());
  }

  void DriverSleeps() {
    driver_asleep_ = bench_.driver.EnableInterrupts(0);
    if (!driver_asleep_) CHECK(!used_.empty());
  }
  void DriverWakes() {
    bench_.driver.DisableInterrupts();
    driver_asleep_ = false;
  }

  void DeviceServes() {
    Ring& ring = bench_.device();
    const size_t most = 1 + Below(ChainBatch::kMaxChains);
    CHECK(ring.Take(batch_, most, bench_.direction()) == BreakCode::kNone);
    CHECK_EQ(batch_.count, std::min(most, shown_.size()));
    for (size_t i = 0; i < batch_.count; ++i) {
      const Chain& chain = batch_.chains[i];
      CHECK_EQ(chain.readable_bytes + chain.writable_bytes, shown_[i].bytes);
      CHECK_EQ(chain.writable > 0, bench_.shape().writable);
    }
    const size_t back = Chance(3) ? Below(batch_.count + 1) : 0;
    ring.Untake(batch_.Last(back));
    const size_t done = batch_.count - back;
    for (size_t i = 0; i < done; ++i) {
      Offered& chain = shown_[i];
      chain.written = bench_.shape().writable ? static_cast<uint32_t>(1 + Below(chain.bytes)) : 0;
      batch_.chains[i].written = chain.written;
    }
    ring.Complete(batch_.First(done));
    const bool interrupt = ring.Publish();
    used_.insert(used_.end(), shown_.begin(), shown_.begin() + static_cast<std::ptrdiff_t>(done));
    shown_.erase(shown_.begin(), shown_.begin() + static_cast<std::ptrdiff_t>(done));
    if (done > 0 && driver_asleep_) CHECK(interrupt);
    if (interrupt) driver_asleep_ = false;
    if (done > 0) device_asleep_ = false;
  }

  void DeviceSleeps() {
    // What it has seen and left lying it comes back for by itself.
    device_asleep_ = !bench_.device().EnableNotifications() && shown_.empty();
  }
  void DeviceWakes() {
    bench_.device().DisableNotifications();
    device_asleep_ = false;
  }

  void HandOver() {
    bench_.HandOver();
    device_asleep_ = false;
    // The new owner's first batch signals whatever the driver asked for.
  }

  Bench& bench_;
  std::mt19937 random_;
  ChainBatch batch_;
  // By the way of a chain: written and not shown, shown and not used, used and not taken back.
  std::deque<Offered> offered_;
  std::deque<Offered> shown_;
  std::deque<Offered> used_;
  // Enabled its signal and saw nothing left: the next change must signal.
  bool device_asleep_ = false;
  bool driver_asleep_ = false;
};

TEST("a random driver and a random device agree on every chain, in both formats and across wraps") {
  constexpr uint32_t kSteps = 3000;
  uint32_t seed = 1;
  for (const Shape& shape : Shapes()) {
    Bench bench(shape);
    Walk walk(bench, seed);
    try {
      for (uint32_t step = 0; step < kSteps; ++step) walk.Step();
      walk.Finish();
    } catch (const testing::RequirementFailed&) {
      testing::Fail(__FILE__, __LINE__, "in " + shape.name() + " with seed " + std::to_string(seed));
      throw;
    }
    ++seed;
  }
}

// Each half on a thread of its own: the driver counts what came back, the device what it took.
void RunThreads(const Shape& shape, uint32_t seed, uint32_t chains) {
  Bench bench(shape);
  std::counting_semaphore<> kick(0);
  std::counting_semaphore<> call(0);
  std::thread device([&] {
    std::mt19937 random(seed);
    ChainBatch batch;
    Ring& ring = bench.device();
    for (uint32_t taken = 0; taken < chains;) {
      CHECK(ring.Take(batch, 1 + random() % ChainBatch::kMaxChains, bench.direction()) == BreakCode::kNone);
      for (size_t i = 0; i < batch.count; ++i) batch.chains[i].written = shape.writable ? 1 : 0;
      ring.Complete(batch.First(batch.count));
      if (ring.Publish()) call.release();
      taken += static_cast<uint32_t>(batch.count);
      if (batch.count > 0 || taken == chains) continue;
      if (!ring.EnableNotifications() && !kick.try_acquire_for(kPatience))
        return testing::Fail(__FILE__, __LINE__, "the device was not woken in " + shape.name());
      ring.DisableNotifications();
    }
  });
  std::mt19937 random(seed + 1);
  uint32_t offered = 0;
  for (uint32_t returned = 0; returned < chains;) {
    const uint32_t most = 1 + random() % shape.size;
    for (uint32_t i = 0; i < most && offered < chains && bench.driver.free_slots() > 0; ++i, ++offered)
      bench.Offer(bench.driver.TakeSlot(), random());
    if (bench.driver.Publish()) kick.release();
    bool any = false;
    for (UsedSlot used; (used = bench.driver.PopUsed()).kind != Pop::kNone; any = true, ++returned)
      CHECK(used.kind == Pop::kSlot);
    // Work to offer, or something came: no reason to sleep.
    if (any || returned == chains || (offered < chains && bench.driver.free_slots() > 0)) continue;
    if (bench.driver.EnableInterrupts(0) && !call.try_acquire_for(kPatience)) {
      testing::Fail(__FILE__, __LINE__, "the driver was not woken in " + shape.name());
      break;
    }
    bench.driver.DisableInterrupts();
  }
  device.join();
  CHECK_EQ(bench.driver.free_slots(), bench.driver.slot_count());
}

TEST("two threads that sleep whenever they may lose no wake-up and no chain, in both formats") {
  constexpr uint32_t kChains = 400;
  uint32_t seed = 1;
  for (const Shape& shape : Shapes()) RunThreads(shape, seed++, kChains);
}

}  // namespace
}  // namespace doorbell::ring_model_test
