// A DPDK front-end that checks what testpmd does not: every byte. It sends numbered frames through virtio-user to
// the lab peer, which returns each as it came with the addresses swapped, and compares number, length and pattern.
//
//   echo-check EAL-ARGUMENTS… -- SECONDS BYTES [QUEUES]
//
// Each queue pair has an address and numbers of its own. Prints the sums {"sent":…,"received":…,"lost":…,"reordered":…,"corrupted":…} and exits with 0 if the last three are 0.
#include <inttypes.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { kBurst = 32, kRing = 256, kMbufs = 4095, kHeader = 14, kNumber = 8, kMinBytes = 60, kMaxBytes = 1514 };
// Rounds without a frame that take milliseconds.
enum { kStalledLooks = 100000 };
// Fewer than the receive ring holds: a frame that is missing was lost, not dropped for want of room.
enum { kWindow = 128 };

static const uint8_t kPeer[6] = {0x02, 0xdb, 0x00, 0x00, 0x00, 0x01};
static const uint8_t kSelf[6] = {0x02, 0xdb, 0x02, 0x00, 0x00, 0x01};
// Of kSelf: the queue pair's number.
enum { kQueueByte = 4, kMaxQueues = 8 };

struct queue {
  uint64_t sent, received, expected, lost, reordered, corrupted;
};

static uint8_t pattern(uint64_t number, uint16_t at) { return (uint8_t)((number * 131) ^ (at * 7) ^ (number >> 8)); }

static void fill(uint8_t *frame, uint16_t bytes, uint16_t queue, uint64_t number) {
  memcpy(frame, kPeer, 6);
  memcpy(frame + 6, kSelf, 6);
  frame[6 + kQueueByte] = (uint8_t)queue;
  frame[12] = 0x88;
  frame[13] = 0xb5;
  memcpy(frame + kHeader, &number, kNumber);
  for (uint16_t at = kHeader + kNumber; at < bytes; at++) frame[at] = pattern(number, at);
}

static int is_whole(const struct rte_mbuf *mbuf, uint16_t bytes, uint16_t queue, uint64_t number) {
  const uint8_t *frame = rte_pktmbuf_mtod(mbuf, const uint8_t *);
  if (mbuf->nb_segs != 1 || mbuf->pkt_len != bytes) return 0;
  uint8_t self[6];
  memcpy(self, kSelf, 6);
  self[kQueueByte] = (uint8_t)queue;
  if (memcmp(frame, self, 6) != 0 || memcmp(frame + 6, kPeer, 6) != 0) return 0;
  for (uint16_t at = kHeader + kNumber; at < bytes; at++)
    if (frame[at] != pattern(number, at)) return 0;
  return 1;
}

// Sends what the window has room for; whether anything went.
static int send_some(struct rte_mempool *pool, uint16_t index, struct queue *queue, uint16_t bytes) {
  struct rte_mbuf *burst[kBurst];
  if (queue->sent - queue->received >= kWindow) return 0;
  uint16_t room = (uint16_t)(kWindow - (queue->sent - queue->received));
  if (room > kBurst) room = kBurst;
  if (rte_pktmbuf_alloc_bulk(pool, burst, room) != 0) return 0;
  for (uint16_t i = 0; i < room; i++) {
    burst[i]->data_len = bytes;
    burst[i]->pkt_len = bytes;
    fill(rte_pktmbuf_mtod(burst[i], uint8_t *), bytes, index, queue->sent + i);
  }
  const uint16_t taken = rte_eth_tx_burst(0, index, burst, room);
  for (uint16_t i = taken; i < room; i++) rte_pktmbuf_free(burst[i]);
  queue->sent += taken;
  return taken > 0;
}

// Checks what came back; whether anything did.
static int receive_some(uint16_t index, struct queue *queue, uint16_t bytes) {
  struct rte_mbuf *burst[kBurst];
  const uint16_t count = rte_eth_rx_burst(0, index, burst, kBurst);
  for (uint16_t i = 0; i < count; i++) {
    uint64_t number = 0;
    memcpy(&number, rte_pktmbuf_mtod(burst[i], const uint8_t *) + kHeader, kNumber);
    if (!is_whole(burst[i], bytes, index, number)) {
      queue->corrupted++;
    } else if (number < queue->expected) {
      queue->reordered++;
    } else {
      queue->lost += number - queue->expected;
      queue->expected = number + 1;
    }
    queue->received++;
    rte_pktmbuf_free(burst[i]);
  }
  return count > 0;
}

// Sends single frames, which are not counted, until one comes back, then takes what is still on its way. A ring is
// started before it is enabled, a back-end must drop what it finds there until then (vhost-user, "Ring states"), and
// virtio-user does not wait for the answer when it enables a further queue pair.
static int await_enabled(struct rte_mempool *pool, uint16_t index, uint16_t bytes) {
  const uint64_t hz = rte_get_timer_hz();
  const uint64_t give_up = rte_get_timer_cycles() + 5 * hz;
  uint64_t next = 0, last = 0;
  for (;;) {
    const uint64_t now = rte_get_timer_cycles();
    if (last != 0 && now - last > hz / 10) return 1;
    if (now > give_up) return 0;
    if (last == 0 && now >= next) {
      struct rte_mbuf *probe = rte_pktmbuf_alloc(pool);
      if (probe == NULL) return 0;
      probe->data_len = bytes;
      probe->pkt_len = bytes;
      fill(rte_pktmbuf_mtod(probe, uint8_t *), bytes, index, 0);
      if (rte_eth_tx_burst(0, index, &probe, 1) != 1) rte_pktmbuf_free(probe);
      next = now + hz / 100;
    }
    struct rte_mbuf *burst[kBurst];
    const uint16_t count = rte_eth_rx_burst(0, index, burst, kBurst);
    for (uint16_t i = 0; i < count; i++) rte_pktmbuf_free(burst[i]);
    if (count > 0) last = now;
  }
}

static struct queue sum_of(const struct queue *queues, uint16_t count) {
  struct queue sum = {0};
  for (uint16_t i = 0; i < count; i++) {
    sum.sent += queues[i].sent;
    sum.received += queues[i].received;
    sum.lost += queues[i].lost + (queues[i].sent - queues[i].expected);
    sum.reordered += queues[i].reordered;
    sum.corrupted += queues[i].corrupted;
  }
  return sum;
}

int main(int argc, char **argv) {
  const int used = rte_eal_init(argc, argv);
  if (used < 0) rte_exit(2, "EAL does not start\n");
  argc -= used;
  argv += used;
  if (argc != 3 && argc != 4) rte_exit(2, "wanted: SECONDS BYTES [QUEUES]\n");
  const int seconds = atoi(argv[1]);
  const int bytes = atoi(argv[2]);
  const int queue_count = argc == 4 ? atoi(argv[3]) : 1;
  if (seconds < 1 || bytes < kMinBytes || bytes > kMaxBytes || queue_count < 1 || queue_count > kMaxQueues)
    rte_exit(2, "SECONDS, BYTES or QUEUES out of range\n");
  const uint16_t count = (uint16_t)queue_count;

  struct rte_mempool *pool =
      rte_pktmbuf_pool_create("frames", kMbufs, 128, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  struct rte_eth_conf config;
  memset(&config, 0, sizeof(config));
  if (pool == NULL || rte_eth_dev_count_avail() != 1 || rte_eth_dev_configure(0, count, count, &config) != 0)
    rte_exit(2, "the port cannot be configured\n");
  for (uint16_t i = 0; i < count; i++)
    if (rte_eth_rx_queue_setup(0, i, kRing, SOCKET_ID_ANY, NULL, pool) != 0 ||
        rte_eth_tx_queue_setup(0, i, kRing, SOCKET_ID_ANY, NULL) != 0)
      rte_exit(2, "a queue cannot be set up\n");
  if (rte_eth_dev_start(0) != 0) rte_exit(2, "the port does not start\n");
  rte_eth_promiscuous_enable(0);

  for (uint16_t i = 0; i < count; i++)
    if (!await_enabled(pool, i, (uint16_t)bytes)) rte_exit(2, "nothing comes back on queue pair %u\n", i);

  struct queue queues[kMaxQueues] = {0};
  const uint64_t hz = rte_get_timer_hz();
  const uint64_t begin = rte_get_timer_cycles();
  const uint64_t stop_sending = begin + (uint64_t)seconds * hz;
  uint64_t last_moved = begin;
  uint64_t looks = 0;
  for (;;) {
    const uint64_t now = rte_get_timer_cycles();
    const int is_sending = now < stop_sending;
    const struct queue sum = sum_of(queues, count);
    // What has not come back two seconds after anything last moved will not come; unless it was this program, or the
    // whole machine, that stood still.
    const int is_stalled = now - last_moved > 2 * hz && looks > kStalledLooks;
    if ((!is_sending && sum.received == sum.sent) || is_stalled) break;
    looks++;
    for (uint16_t i = 0; i < count; i++) {
      const int sent = is_sending && send_some(pool, i, &queues[i], (uint16_t)bytes);
      if (receive_some(i, &queues[i], (uint16_t)bytes) || sent) {
        last_moved = now;
        looks = 0;
      }
    }
  }
  const struct queue sum = sum_of(queues, count);
  printf("{\"sent\":%" PRIu64 ",\"received\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"reordered\":%" PRIu64
         ",\"corrupted\":%" PRIu64 "}\n",
         sum.sent, sum.received, sum.lost, sum.reordered, sum.corrupted);
  fflush(stdout);
  rte_eth_dev_stop(0);
  rte_eth_dev_close(0);
  return sum.lost + sum.reordered + sum.corrupted == 0 && sum.sent > 0 ? 0 : 1;
}
