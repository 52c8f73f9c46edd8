#include "testing/guest_on_data_path.h"

#include <latch>
#include <mutex>
#include <utility>

#include "testing/test.h"

namespace doorbell::testing {
namespace {

constexpr uint64_t kDrainNs = 30'000'000'000;

std::shared_ptr<GuestMemory> MapMemoryOf(const SimulatedGuest& guest) {
  std::vector<RegionSpec> specs;
  for (const GuestRegion& region : guest.regions())
    specs.push_back(
        {region.guest_address, region.size, region.frontend_address, region.mmap_offset, guest.memory_fd()});
  auto memory = GuestMemory::Map(specs);
  REQUIRE(memory.ok());
  return std::move(memory).value();
}

}  // namespace

GuestOnDataPath::GuestOnDataPath(DataPath& data_path, const SimulatedGuest::Config& config, uint32_t base)
    : data_path_(data_path) {
  auto guest = SimulatedGuest::Create(config);
  REQUIRE(guest.ok());
  guest_ = std::move(guest).value();
  guest_->Reset(base);
  memory_ = MapMemoryOf(*guest_);
  const bool behind_iommu = (config.features & kAccessPlatform) != 0;
  if (behind_iommu) {
    iotlb_ = std::make_shared<Iotlb>();
    memory_ = GuestMemory::Behind(iotlb_, memory_);
  }
  const AddressSpace addresses = behind_iommu ? AddressSpace::kIova : AddressSpace::kFrontend;
  for (uint32_t pair = 0; pair < guest_->pair_count(); ++pair) {
    auto port = data_path.AddPort(ports_.empty() ? nullptr : ports_.front().get());
    REQUIRE(port.ok());
    ports_.push_back(std::move(port).value());
    queues_.push_back(data_path.AddQueue(QueueRole::kRx, ports_.back()));
    queues_.push_back(data_path.AddQueue(QueueRole::kTx, ports_.back()));
  }
  for (uint32_t index = 0; index < guest_->queue_count(); ++index) {
    const SimulatedGuest::RingAddresses at = guest_->ring(index);
    const RingConfig ring{at.size, at.desc, at.avail, at.used, addresses, config.features};
    REQUIRE(queues_[index]->SetCall(guest_->call_fd(index)).ok());
    REQUIRE(queues_[index]->Start(ring, memory_, base).ok());
    REQUIRE(queues_[index]->SetKick(guest_->kick_fd(index)).ok());
    queues_[index]->SetEnabled(true);
  }
  if (behind_iommu) iommu_ = std::thread([this] { AnswerMisses(); });
}

void GuestOnDataPath::TellTranslations() {
  for (const auto& queue : queues_) queue->TranslationsChanged();
}

void GuestOnDataPath::Invalidate(uint64_t iova, uint64_t size) {
  const std::lock_guard lock(commands_);
  iotlb_->Invalidate(iova, size);
  TellTranslations();
}

void GuestOnDataPath::AnswerMisses() {
  while (!ending_.load()) {
    for (const auto& queue : queues_) {
      const std::optional<TranslationMiss> miss = queue->ring().Miss();
      if (!miss.has_value()) continue;
      const std::optional<IommuPage> page = guest_->Translate(miss->iova);
      REQUIRE(page.has_value());
      const auto permission =
          static_cast<uint8_t>((page->readable ? Iotlb::kRead : 0) | (page->writable ? Iotlb::kWrite : 0));
      const std::lock_guard lock(commands_);
      REQUIRE(iotlb_->Update(page->iova, page->size, page->frontend_address, permission).ok());
      answered_misses_.fetch_add(1);
      TellTranslations();
    }
    std::this_thread::yield();
  }
}

GuestOnDataPath::~GuestOnDataPath() {
  ending_ = true;
  if (iommu_.joinable()) iommu_.join();
  for (const auto& queue : queues_) {
    queue->Close();
    data_path_.RemoveQueue(queue);
  }
  for (const auto& port : ports_) data_path_.RemovePort(*port);
}

void GuestOnDataPath::DrainAndCheckFlawless() {
  std::latch ended(1);
  guest_->Drain(kDrainNs, [&ended] { ended.count_down(); });
  ended.wait();
  for (uint32_t pair = 0; pair < guest_->pair_count(); ++pair) {
    const SimulatedGuest::PairSample sample = guest_->Sample(pair);
    CHECK(sample.sent > 0);
    CHECK_EQ(sample.received, sample.sent);
    CHECK_EQ(sample.lost, 0u);
    CHECK_EQ(sample.duplicated, 0u);
    CHECK_EQ(sample.reordered, 0u);
    CHECK_EQ(sample.corrupted, 0u);
  }
}

bool GuestOnDataPath::EachPairReceived(uint64_t frames) const {
  for (uint32_t pair = 0; pair < guest_->pair_count(); ++pair)
    if (guest_->Sample(pair).received < frames) return false;
  return true;
}

}  // namespace doorbell::testing
