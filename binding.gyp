# Builds the addon and nothing else; the Node-free tests have native/tests.gyp.
{
  'includes': ['native/sources.gypi'],
  'targets': [
    {
      'target_name': 'doorbell',
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
      # N-API's header is most of what these cost to compile.
      'actions': [
        {
          'action_name': 'addon_unit',
          'inputs': ['native/unit.py'],
          'outputs': ['<(INTERMEDIATE_DIR)/addon.cc'],
          'action': ['python3', 'native/unit.py', '<@(_outputs)', '<@(addon_files)'],
          'process_outputs_as_sources': 1,
        },
      ],
      'variables': {
        'node_addon_api_dir': '<!(node -p "path.dirname(require.resolve(\'node-addon-api\'))")',
      },
      # tools/build-native.mjs writes there what the addon was built for.
      'include_dirs': ['.', 'native', 'build/generated'],
      'defines': [
        'NAPI_VERSION=8',
        # One way of failing in the whole addon: C++ exceptions become JavaScript ones at the boundary.
        'NAPI_CPP_EXCEPTIONS',
        'NODE_ADDON_API_CPP_EXCEPTIONS_ALL',
        # While a worker is being terminated JavaScript takes no exceptions any more.
        'NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS',
        # Electron forbids them at run time, so they must not compile.
        'NODE_API_NO_EXTERNAL_BUFFERS_ALLOWED',
      ],
      # Node asks for -O3, which takes 1 to 7 % more instructions for a frame here.
      'cflags!': ['-O3'],
      'cflags': ['-O2'],
      'cflags_cc!': ['-fno-exceptions', '-fno-rtti'],
      'cflags_cc': [
        '-std=c++20',
        '-fexceptions',
        '-fvisibility=hidden',
        '-Wall',
        '-Wextra',
        '-Wpedantic',
        '-Wshadow',
        '-Werror',
        # GCC 12 sees overlapping copies inside std::string's operator+ (its bug 105651).
        '-Wno-restrict',
        # Other people's headers are not held to our warnings.
        '-isystem', '<(node_addon_api_dir)',
        '-isystem', '<(node_root_dir)/include/node',
      ],
      # A function that no file defines is found when the addon is loaded, not when it is first called.
      'ldflags': ['-Wl,-z,now'],
    },
  ],
}
