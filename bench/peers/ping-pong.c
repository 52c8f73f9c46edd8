// What the machine itself allows between CPU 0 and CPU 1, in nanoseconds:
//
//   ping-pong line        round trip of one cache line that both sides poll, median over batches
//   ping-pong eventfd     one way of an eventfd to a reader that sleeps in read(), p50 and p99
//
// Prints one JSON object.
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { kBatches = 41, kTurns = 500, kWakes = 1000, kPauseUs = 200 };

static _Alignas(128) atomic_uint line;
static _Alignas(128) atomic_ullong written_ns;
static atomic_int taken;
static int event;
static uint64_t latencies[kWakes];

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) {
    perror("sched_setaffinity");
    exit(2);
  }
}

static int ascending(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return (x > y) - (x < y);
}

static void *answer(void *unused) {
  pin(1);
  for (unsigned turn = 0; turn < kBatches * kTurns; turn++) {
    while (atomic_load_explicit(&line, memory_order_acquire) != 2 * turn + 1) continue;
    atomic_store_explicit(&line, 2 * turn + 2, memory_order_release);
  }
  return unused;
}

static void measure_line(void) {
  uint64_t batch[kBatches];
  unsigned turn = 0;
  for (int i = 0; i < kBatches; i++) {
    const uint64_t begin = now_ns();
    for (int j = 0; j < kTurns; j++, turn++) {
      atomic_store_explicit(&line, 2 * turn + 1, memory_order_release);
      while (atomic_load_explicit(&line, memory_order_acquire) != 2 * turn + 2) continue;
    }
    batch[i] = (now_ns() - begin) / kTurns;
  }
  qsort(batch, kBatches, sizeof *batch, ascending);
  printf("{\"roundTripNs\":%llu}\n", (unsigned long long)batch[kBatches / 2]);
}

static void *sleeper(void *unused) {
  pin(1);
  for (int i = 0; i < kWakes; i++) {
    uint64_t count;
    if (read(event, &count, sizeof count) != sizeof count) exit(2);
    latencies[i] = now_ns() - atomic_load(&written_ns);
    atomic_store(&taken, i + 1);
  }
  return unused;
}

static void measure_eventfd(void) {
  const uint64_t one = 1;
  for (int i = 0; i < kWakes; i++) {
    // On a busy machine the reader may be late: two writes would be one count, and one wake-up.
    do usleep(kPauseUs);
    while (atomic_load(&taken) != i);
    atomic_store(&written_ns, now_ns());
    if (write(event, &one, sizeof one) != sizeof one) exit(2);
  }
}

int main(int argc, char **argv) {
  const int wakes = argc == 2 && strcmp(argv[1], "eventfd") == 0;
  pthread_t other;
  event = eventfd(0, EFD_CLOEXEC);
  pin(0);
  if (event < 0 || pthread_create(&other, NULL, wakes ? sleeper : answer, NULL) != 0) return 2;
  if (wakes)
    measure_eventfd();
  else
    measure_line();
  pthread_join(other, NULL);
  if (!wakes) return 0;
  qsort(latencies, kWakes, sizeof *latencies, ascending);
  printf("{\"p50Ns\":%llu,\"p99Ns\":%llu}\n", (unsigned long long)latencies[kWakes / 2],
         (unsigned long long)latencies[kWakes * 99 / 100]);
  return 0;
}
