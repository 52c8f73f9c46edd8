// A DPDK front-end that checks what testpmd does not: every byte. It sends numbered frames through virtio-user to
// the lab peer, which returns each as it came with the addresses swapped, and compares number, length and pattern.
//
//   echo-check EAL-ARGUMENTS… -- SECONDS BYTES
//
// Prints {"sent":…,"received":…,"lost":…,"reordered":…,"corrupted":…} and exits with 0 if the last three are 0.
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
// Fewer than the receive ring holds: a frame that is missing was lost, not dropped for want of room.
enum { kWindow = 128 };

static const uint8_t kPeer[6] = {0x02, 0xdb, 0x00, 0x00, 0x00, 0x01};
static const uint8_t kSelf[6] = {0x02, 0xdb, 0x02, 0x00, 0x00, 0x01};

static uint8_t pattern(uint64_t number, uint16_t at) { return (uint8_t)((number * 131) ^ (at * 7) ^ (number >> 8)); }

static void fill(uint8_t *frame, uint16_t bytes, uint64_t number) {
  memcpy(frame, kPeer, 6);
  memcpy(frame + 6, kSelf, 6);
  frame[12] = 0x88;
  frame[13] = 0xb5;
  memcpy(frame + kHeader, &number, kNumber);
  for (uint16_t at = kHeader + kNumber; at < bytes; at++) frame[at] = pattern(number, at);
}

static int is_whole(const struct rte_mbuf *mbuf, uint16_t bytes, uint64_t number) {
  const uint8_t *frame = rte_pktmbuf_mtod(mbuf, const uint8_t *);
  if (mbuf->nb_segs != 1 || mbuf->pkt_len != bytes) return 0;
  if (memcmp(frame, kSelf, 6) != 0 || memcmp(frame + 6, kPeer, 6) != 0) return 0;
  for (uint16_t at = kHeader + kNumber; at < bytes; at++)
    if (frame[at] != pattern(number, at)) return 0;
  return 1;
}

int main(int argc, char **argv) {
  const int used = rte_eal_init(argc, argv);
  if (used < 0) rte_exit(2, "EAL does not start\n");
  argc -= used;
  argv += used;
  if (argc != 3) rte_exit(2, "wanted: SECONDS BYTES\n");
  const int seconds = atoi(argv[1]);
  const int bytes = atoi(argv[2]);
  if (seconds < 1 || bytes < kMinBytes || bytes > kMaxBytes) rte_exit(2, "SECONDS or BYTES out of range\n");

  struct rte_mempool *pool =
      rte_pktmbuf_pool_create("frames", kMbufs, 128, 0, RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
  struct rte_eth_conf config;
  memset(&config, 0, sizeof(config));
  if (pool == NULL || rte_eth_dev_count_avail() != 1 || rte_eth_dev_configure(0, 1, 1, &config) != 0 ||
      rte_eth_rx_queue_setup(0, 0, kRing, SOCKET_ID_ANY, NULL, pool) != 0 ||
      rte_eth_tx_queue_setup(0, 0, kRing, SOCKET_ID_ANY, NULL) != 0 || rte_eth_dev_start(0) != 0)
    rte_exit(2, "the port does not start\n");
  rte_eth_promiscuous_enable(0);

  uint64_t sent = 0, received = 0, expected = 0, lost = 0, reordered = 0, corrupted = 0;
  const uint64_t hz = rte_get_timer_hz();
  const uint64_t begin = rte_get_timer_cycles();
  const uint64_t stop_sending = begin + (uint64_t)seconds * hz;
  uint64_t last_moved = begin;
  for (;;) {
    const uint64_t now = rte_get_timer_cycles();
    const int is_sending = now < stop_sending;
    // What has not come back two seconds after anything last moved will not come.
    if ((!is_sending && received == sent) || now - last_moved > 2 * hz) break;
    struct rte_mbuf *burst[kBurst];
    uint16_t room = (uint16_t)(kWindow - (sent - received));
    if (room > kBurst) room = kBurst;
    if (is_sending && sent - received < kWindow && rte_pktmbuf_alloc_bulk(pool, burst, room) == 0) {
      for (uint16_t i = 0; i < room; i++) {
        burst[i]->data_len = (uint16_t)bytes;
        burst[i]->pkt_len = (uint32_t)bytes;
        fill(rte_pktmbuf_mtod(burst[i], uint8_t *), (uint16_t)bytes, sent + i);
      }
      const uint16_t taken = rte_eth_tx_burst(0, 0, burst, room);
      for (uint16_t i = taken; i < room; i++) rte_pktmbuf_free(burst[i]);
      sent += taken;
      if (taken > 0) last_moved = now;
    }
    const uint16_t count = rte_eth_rx_burst(0, 0, burst, kBurst);
    for (uint16_t i = 0; i < count; i++) {
      uint64_t number = 0;
      memcpy(&number, rte_pktmbuf_mtod(burst[i], const uint8_t *) + kHeader, kNumber);
      if (!is_whole(burst[i], (uint16_t)bytes, number)) {
        corrupted++;
      } else if (number < expected) {
        reordered++;
      } else {
        lost += number - expected;
        expected = number + 1;
      }
      received++;
      rte_pktmbuf_free(burst[i]);
    }
    if (count > 0) last_moved = now;
  }
  if (sent > expected) lost += sent - expected;
  printf("{\"sent\":%" PRIu64 ",\"received\":%" PRIu64 ",\"lost\":%" PRIu64 ",\"reordered\":%" PRIu64
         ",\"corrupted\":%" PRIu64 "}\n",
         sent, received, lost, reordered, corrupted);
  fflush(stdout);
  rte_eth_dev_stop(0);
  rte_eth_dev_close(0);
  return lost + reordered + corrupted == 0 && sent > 0 ? 0 : 1;
}
