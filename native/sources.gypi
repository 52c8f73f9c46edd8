# The native sources by layer, lowest first. The addon and the Node-free tests build from the same lists.
{
  'variables': {
    'base_sources': [
      'base/result.cc',
      'base/scoped_fd.cc',
      'base/scoped_mmap.cc',
    ],
    'io_sources': [
      'io/eventfd.cc',
      'io/fd_identity.cc',
      'io/memfd.cc',
      'io/process_maps.cc',
      'io/unix_listener.cc',
      'io/unix_socket.cc',
    ],
    'mem_sources': [
      'mem/guest_memory.cc',
      'mem/sigbus_guard.cc',
    ],
    'virtq_sources': [],
    'net_sources': [],
    'device_sources': [],
    'guest_sources': [],
    'addon_sources': [
      'addon/addon.cc',
      'addon/answers.cc',
      'addon/arguments.cc',
      'addon/data_path.cc',
      'addon/emulated_device.cc',
      'addon/fd.cc',
      'addon/guest.cc',
      'addon/handle.cc',
      'addon/io.cc',
      'addon/listener.cc',
      'addon/loop_signal.cc',
      'addon/memory.cc',
      'addon/module.cc',
      'addon/poll.cc',
      'addon/pool_task.cc',
      'addon/stream.cc',
    ],
    # *_test.cc beside their subjects, Node-free.
    'test_sources': [
      'testing/main.cc',
      'mem/guest_memory_test.cc',
      'mem/sigbus_guard_test.cc',
      'io/fd_identity_test.cc',
      'io/process_maps_test.cc',
      'io/unix_listener_test.cc',
      'io/unix_socket_test.cc',
    ],
  },
}
