# The native tests, built without Node. `sanitizer` is none, address (with undefined behaviour), thread or, with
# clang, fuzzer (address and undefined behaviour, too); each flavour is generated into its own folder, so that none of them
# touches the addon.
{
  'includes': ['sources.gypi'],
  'variables': {'sanitizer%': 'none'},
  'target_defaults': {
    'default_configuration': 'Default',
    'configurations': {'Default': {}},
    'include_dirs': ['.'],
    'cflags_cc': [
      '-std=c++20', '-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Werror', '-pthread',
      # GCC 12 sees overlapping copies inside std::string's operator+ (its bug 105651).
      '-Wno-restrict',
    ],
    'ldflags': ['-pthread'],
    'conditions': [
      ['sanitizer=="none"', {'cflags_cc': ['-O2']}, {
        # What a sanitizer reports names lines.
        'cflags_cc': ['-g1'],
      }],
      ['sanitizer=="address"', {
        # Reading past a span inside a larger allocation is nothing that the sanitizer could see.
        'defines': ['_GLIBCXX_ASSERTIONS'],
        'cflags_cc': ['-Og', '-fno-omit-frame-pointer', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
        'ldflags': ['-fsanitize=address,undefined'],
      }],
      ['sanitizer=="thread"', {
        'cflags_cc': [
          '-O1', '-fno-omit-frame-pointer', '-fsanitize=thread',
          # TSan does not model fences. Where one is relied on, the code says so and pairs it with atomics.
          '-Wno-tsan',
        ],
        'ldflags': ['-fsanitize=thread'],
      }],
      ['sanitizer=="fuzzer"', {
        'defines': ['_GLIBCXX_ASSERTIONS'],
        # Warnings are g++'s to give.
        'cflags_cc!': ['-Wall', '-Wextra', '-Wpedantic', '-Wshadow', '-Werror', '-Wno-restrict'],
        'cflags_cc': ['-O1', '-fno-omit-frame-pointer', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'],
        'ldflags': ['-fsanitize=address,undefined'],
      }],
    ],
  },
  'targets': [
    {
      'target_name': 'native_core',
      'type': 'static_library',
      'conditions': [
        # What ships is compiled file by file, and so is what is measured; a sanitizer finds the same in one unit.
        ['sanitizer=="address" or sanitizer=="thread"', {
          'actions': [
            {
              'action_name': 'low_unit',
              'inputs': ['unit.py'],
              'outputs': ['<(INTERMEDIATE_DIR)/low.cc'],
              'action': ['python3', 'unit.py', '<@(_outputs)', '<@(base_files)', '<@(io_files)', '<@(mem_files)'],
              'process_outputs_as_sources': 1,
            },
            {
              'action_name': 'net_unit',
              'inputs': ['unit.py'],
              'outputs': ['<(INTERMEDIATE_DIR)/net.cc'],
              'action': ['python3', 'unit.py', '<@(_outputs)', '<@(virtq_files)', '<@(net_files)'],
              'process_outputs_as_sources': 1,
            },
            {
              'action_name': 'guest_unit',
              'inputs': ['unit.py'],
              'outputs': ['<(INTERMEDIATE_DIR)/guest.cc'],
              'action': ['python3', 'unit.py', '<@(_outputs)', '<@(device_files)', '<@(guest_files)'],
              'process_outputs_as_sources': 1,
            },
            {
              'action_name': 'vfio_unit',
              'inputs': ['unit.py'],
              'outputs': ['<(INTERMEDIATE_DIR)/vfio.cc'],
              'action': ['python3', 'unit.py', '<@(_outputs)', '<@(vfio_files)'],
              'process_outputs_as_sources': 1,
            },
          ],
        }, {
          'sources': [
            '<@(base_files)',
            '<@(io_files)',
            '<@(mem_files)',
            '<@(virtq_files)',
            '<@(net_files)',
            '<@(device_files)',
            '<@(guest_files)',
            '<@(vfio_files)',
          ],
        }],
        # Coverage leads through what is fuzzed, not through what fuzzes.
        ['sanitizer=="fuzzer"', {'cflags_cc': ['-fsanitize=fuzzer-no-link']}],
      ],
    },
  ],
  'conditions': [
    ['sanitizer!="fuzzer"', {
      'targets': [
        {
          'target_name': 'native_tests',
          'type': 'executable',
          'dependencies': ['native_core'],
          'actions': [
            {
              'action_name': 'guest_test_unit',
              'inputs': ['unit.py'],
              'outputs': ['<(INTERMEDIATE_DIR)/guest_test.cc'],
              'action': ['python3', 'unit.py', '<@(_outputs)', '<@(testing_files)', '<@(guest_test_files)'],
              'process_outputs_as_sources': 1,
            },
            {
              'action_name': 'net_test_unit',
              'inputs': ['unit.py'],
              'outputs': ['<(INTERMEDIATE_DIR)/net_test.cc'],
              'action': ['python3', 'unit.py', '<@(_outputs)', '<@(net_test_files)'],
              'process_outputs_as_sources': 1,
            },
            {
              'action_name': 'virtq_test_unit',
              'inputs': ['unit.py'],
              'outputs': ['<(INTERMEDIATE_DIR)/virtq_test.cc'],
              'action': ['python3', 'unit.py', '<@(_outputs)', '<@(virtq_test_files)'],
              'process_outputs_as_sources': 1,
            },
            {
              'action_name': 'low_test_unit',
              'inputs': ['unit.py'],
              'outputs': ['<(INTERMEDIATE_DIR)/low_test.cc'],
              'action': ['python3', 'unit.py', '<@(_outputs)', '<@(low_test_files)'],
              'process_outputs_as_sources': 1,
            },
          ],
        },
      ],
    }],
    ['sanitizer=="none"', {
      'targets': [
        {
          'target_name': 'native_hot_path',
          'type': 'executable',
          'dependencies': ['native_core'],
          'sources': ['<@(hot_path_files)'],
        },
        {
          'target_name': 'native_notify_latency',
          'type': 'executable',
          'dependencies': ['native_core'],
          'sources': ['<@(notify_latency_files)'],
        },
        {
          'target_name': 'native_blackout',
          'type': 'executable',
          'dependencies': ['native_core'],
          'sources': ['<@(blackout_files)'],
        },
      ],
    }],
    # Without a sanitizer most of what fuzzing can find would go unseen.
    ['sanitizer=="address"', {
      'targets': [
        {
          'target_name': 'native_fuzz',
          'type': 'executable',
          'dependencies': ['native_core'],
          'actions': [
            {
              'action_name': 'fuzz_unit',
              'inputs': ['unit.py'],
              'outputs': ['<(INTERMEDIATE_DIR)/fuzz.cc'],
              'action': ['python3', 'unit.py', '<@(_outputs)', '<@(fuzz_files)', '<@(fuzz_driver_files)'],
              'process_outputs_as_sources': 1,
            },
          ],
        },
      ],
    }],
    ['sanitizer=="fuzzer"', {
      'targets': [
        {
          'target_name': 'native_libfuzzer',
          'type': 'executable',
          'dependencies': ['native_core'],
          'sources': ['<@(fuzz_files)', '<@(libfuzzer_files)'],
          'ldflags': ['-fsanitize=fuzzer'],
        },
      ],
    }],
  ],
}
