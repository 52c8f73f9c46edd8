# The native files by layer, lowest first. The addon and the Node-free tests build from the same lists. The names
# end in _files because gyp then takes the entries as relative to this file.
{
  'variables': {
    'base_files': [
      'base/result.cc',
      'base/scoped_fd.cc',
      'base/scoped_mmap.cc',
    ],
    'io_files': [
      'io/eventfd.cc',
      'io/fd_identity.cc',
      'io/memfd.cc',
      'io/proc_link.cc',
      'io/process_maps.cc',
      'io/unix_listener.cc',
      'io/unix_socket.cc',
    ],
    'mem_files': [
      'mem/guest_memory.cc',
      'mem/sigbus_guard.cc',
    ],
    'virtq_files': [],
    'net_files': [],
    'device_files': [],
    'guest_files': [],
    'addon_files': [
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
    'test_files': [
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
