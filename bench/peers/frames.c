// Both ends of bench b. The front-end asks the back-end for frames and checks what comes; the back-end, ours or this
// one, builds them. One request asks for many frames, so that what is measured is their way to the front-end.
//
//   frames check EAL-ARGUMENTS… -- BYTES WARM_MS WINDOW_MS    virtio-user; prints "measuring", then
//                                                             {"frames":…,"seconds":…,"lost":…,"corrupted":…}
//   frames supply EAL-ARGUMENTS… --                           net_vhost, until it is killed; prints "supplying"
//
//   request   destination 6 · source 6 · 0x88B6 · count 2 · length 2 · first number 8     (numbers little endian)
//   frame     destination 6 · source 6 · 0x88B6 · number 8 · the number's low byte, to the frame's end
#include <inttypes.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kBurst = 32, kRing = 256, kMbufs = 4095, kHeader = 14, kRequest = 60, kMinBytes = 60, kMaxBytes = 1514 };
enum { kCountAt = kHeader, kLengthAt = kHeader + 2, kFirstAt = kHeader + 4 };
enum { kNumberAt = kHeader, kFillAt = kHeader + 8 };
// A request's frames, and how many may be under way: fewer than the rx ring has buffers for.
enum { kPerRequest = 64, kWindow = 192 };

static const uint8_t kPeer[6] = {0x02, 0xdb, 0x00, 0x00, 0x00, 0x01};
static const uint8_t kSelf[6] = {0x02, 0xdb, 0x02, 0x00, 0x00, 0x01};

static void write_head(uint8_t *frame, const uint8_t *destination, const uint8_t *source) {
  memcpy(frame, destination, 6);
  memcpy(frame + 6, source, 6);
  frame[12] = 0x88;
  frame[13] = 0xb6;
}

static void supply(struct rte_mempool *pool, const uint8_t *request) {
  uint16_t count, length;
  uint64_t number;
  memcpy(&count, request + kCountAt, sizeof count);
  memcpy(&length, request + kLengthAt, sizeof length);
  memcpy(&number, request + kFirstAt, sizeof number);
  if (count > kPerRequest || length < kMinBytes || length > kMaxBytes) return;
  while (count > 0) {
    struct rte_mbuf *burst[kBurst];
    const uint16_t part = count < kBurst ? count : kBurst;
    if (rte_pktmbuf_alloc_bulk(pool, burst, part) != 0) continue;
    for (uint16_t i = 0; i < part; i++, number++) {
      uint8_t *frame = rte_pktmbuf_mtod(burst[i], uint8_t *);
      burst[i]->data_len = length;
      burst[i]->pkt_len = length;
      write_head(frame, request + 6, kPeer);
      memcpy(frame + kNumberAt, &number, sizeof number);
      memset(frame + kFillAt, (uint8_t)number, length - kFillAt);
    }
    for (uint16_t sent = 0; sent < part;) sent += rte_eth_tx_burst(0, 0, burst + sent, part - sent);
    count -= part;
  }
}

static void supply_forever(struct rte_mempool *pool) {
  printf("supplying\n");
  fflush(stdout);
  for (;;) {
    struct rte_mbuf *burst[kBurst];
    const uint16_t count = rte_eth_rx_burst(0, 0, burst, kBurst);
    for (uint16_t i = 0; i < count; i++) {
      const uint8_t *frame = rte_pktmbuf_mtod(burst[i], const uint8_t *);
      if (burst[i]->pkt_len >= kRequest && frame[12] == 0x88 && frame[13] == 0xb6) supply(pool, frame);
    }
    rte_pktmbuf_free_bulk(burst, count);
  }
}

// 1 where the request is on its way.
static int ask(struct rte_mempool *pool, uint16_t bytes, uint64_t first) {
  struct rte_mbuf *mbuf = rte_pktmbuf_alloc(pool);
  if (mbuf == NULL) return 0;
  const uint16_t count = kPerRequest;
  uint8_t *frame = rte_pktmbuf_mtod(mbuf, uint8_t *);
  mbuf->data_len = kRequest;
  mbuf->pkt_len = kRequest;
  memset(frame, 0, kRequest);
  write_head(frame, kPeer, kSelf);
  memcpy(frame + kCountAt, &count, sizeof count);
  memcpy(frame + kLengthAt, &bytes, sizeof bytes);
  memcpy(frame + kFirstAt, &first, sizeof first);
  if (rte_eth_tx_burst(0, 0, &mbuf, 1) == 1) return 1;
  rte_pktmbuf_free(mbuf);
  return 0;
}

static int check(struct rte_mempool *pool, uint16_t bytes, uint64_t warm_ms, uint64_t window_ms) {
  const uint64_t hz = rte_get_timer_hz();
  const uint64_t begin = rte_get_timer_cycles() + warm_ms * hz / 1000;
  const uint64_t end = begin + window_ms * hz / 1000;
  uint64_t asked = 0, expected = 0, counted = 0, lost = 0, corrupted = 0, began = 0, now = 0;
  for (;;) {
    now = rte_get_timer_cycles();
    if (now >= end) break;
    if (began == 0 && now >= begin) {
      began = now;
      counted = expected;
      printf("measuring\n");
      fflush(stdout);
    }
    if (asked - expected + kPerRequest <= kWindow && ask(pool, bytes, asked)) asked += kPerRequest;
    struct rte_mbuf *burst[kBurst];
    const uint16_t count = rte_eth_rx_burst(0, 0, burst, kBurst);
    for (uint16_t i = 0; i < count; i++) {
      const uint8_t *frame = rte_pktmbuf_mtod(burst[i], const uint8_t *);
      uint64_t number;
      memcpy(&number, frame + kNumberAt, sizeof number);
      if (burst[i]->pkt_len != bytes || frame[kFillAt] != (uint8_t)number || frame[bytes - 1] != (uint8_t)number) {
        corrupted++;
        continue;
      }
      lost += number > expected ? number - expected : 0;
      expected = number + 1;
    }
    rte_pktmbuf_free_bulk(burst, count);
  }
  printf("{\"frames\":%" PRIu64 ",\"seconds\":%.6f,\"lost\":%" PRIu64 ",\"corrupted\":%" PRIu64 "}\n",
         expected - counted, (double)(now - began) / (double)hz, lost, corrupted);
  fflush(stdout);
  // The bench reads from /proc what disturbed it, and ends it then.
  pause();
  return lost + corrupted == 0 && expected > counted ? 0 : 1;
}

int main(int argc, char **argv) {
  const int checks = argc > 1 && strcmp(argv[1], "check") == 0;
  const int used = rte_eal_init(argc - 1, argv + 1);
  if (used < 0) rte_exit(2, "EAL does not start\n");
  argc -= used + 1;
  argv += used + 1;
  struct rte_mempool *pool =
      rte_pktmbuf_pool_create("frames", kMbufs, 128, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  struct rte_eth_conf config;
  memset(&config, 0, sizeof(config));
  if (pool == NULL || rte_eth_dev_count_avail() != 1 || rte_eth_dev_configure(0, 1, 1, &config) != 0 ||
      rte_eth_rx_queue_setup(0, 0, kRing, SOCKET_ID_ANY, NULL, pool) != 0 ||
      rte_eth_tx_queue_setup(0, 0, kRing, SOCKET_ID_ANY, NULL) != 0 || rte_eth_dev_start(0) != 0)
    rte_exit(2, "the port does not start\n");
  if (!checks) supply_forever(pool);
  const int bytes = argc == 4 ? atoi(argv[1]) : 0;
  if (bytes < kMinBytes || bytes > kMaxBytes) rte_exit(2, "wanted: BYTES WARM_MS WINDOW_MS\n");
  return check(pool, (uint16_t)bytes, strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
}
