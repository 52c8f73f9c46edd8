// Imports flow one way. This file is the map of who may know whom: a folder's code may import
// its own folder and the folders listed for it, nothing else. Packages are listed the same way. No two files need each
// other when they run.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** folder → folders and packages it may import, beside itself. The longest matching folder wins. */
const ALLOWED = {
  'app/contract': ['zod'],
  'main/base': [],
  'main/addon': ['main/base', 'node:'],
  'main/wire': ['main/base'],
  'main/channel': ['main/base', 'main/wire', 'main/addon'],
  'main/engine': ['main/base', 'main/wire', 'app/contract'],
  'main/session': [
    'main/base',
    'main/wire',
    'main/channel',
    'main/engine',
    'main/addon',
    'app/contract',
    'node:',
  ],
  'main/datapath': ['main/base', 'main/engine', 'main/addon', 'main/accel'],
  'main/accel': ['main/base', 'main/engine', 'main/addon', 'node:'],
  'main/vmm': ['main/base', 'main/wire', 'main/channel', 'main/addon'],
  'main/conformance': ['main/base', 'main/wire', 'main/addon', 'node:'],
  'main/lab': ['main/base', 'main/addon', 'main/engine', 'main/vmm'],
  'main/trace': ['main/base', 'main/wire', 'main/engine'],
  'main/report': ['main/base', 'main/engine', 'main/wire', 'app/contract'],
  'main/service': ['main/base', 'app/contract', 'node:'],
  'app/compose': ['main', 'app/contract', 'node:'],
  'app/doors': ['main/base', 'app/contract', 'node:', 'ws', 'electron'],
  'app/remote': ['main/base', 'app/contract', 'node:', 'ws'],
  'app/electron': [
    'main/base',
    'app/contract',
    'app/compose',
    'app/doors',
    'app/remote',
    'node:',
    'electron',
  ],
  'app/headless': ['main/base', 'app/contract', 'app/compose', 'app/doors', 'node:'],
  'app/cli': [
    'main/base',
    'app/contract',
    'app/compose',
    'app/doors',
    'app/headless',
    'app/remote',
    'node:',
    'commander',
  ],
  'renderer/bridge': ['app/contract'],
  'renderer/store': ['renderer/bridge', 'app/contract', 'zustand'],
  'renderer/format': ['app/contract'],
  'renderer/words': ['renderer/format'],
  'renderer/widgets': [
    'renderer/words',
    'renderer/format',
    'renderer/styles',
    'app/contract',
    'react',
    '@base-ui/react',
  ],
  'renderer/views': [
    'renderer/store',
    'renderer/widgets',
    'renderer/words',
    'renderer/format',
    'renderer/styles',
    'app/contract',
    'react',
    'zustand',
    '@base-ui/react',
    '@tanstack/react-virtual',
    'recharts',
  ],
  renderer: ['renderer', 'app/contract', 'react', 'react-dom', 'zustand', 'zod', '@fontsource-variable'],
};

/** A single file may be the one user of something its folder may not touch. */
const ONE_USER = [
  { specifier: 'electron', only: /^app\/(electron\/|doors\/ipc)/ },
  { specifier: '.node', only: /^main\/addon\// },
];

function* sources(dir) {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (/\.(ts|tsx)$/.test(entry.name) && !/\.d\.ts$/.test(entry.name)) yield path;
  }
}

const folderOf = (file) =>
  Object.keys(ALLOWED)
    .filter((folder) => file.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length)[0];

/** file → files that it needs when it runs: what is imported as a type is gone by then. */
const needs = new Map();

/** Files that need each other, one ring of each knot. */
function* circles() {
  const done = new Set();
  const path = [];
  function* from(file) {
    if (path.includes(file)) yield [...path.slice(path.indexOf(file)), file];
    if (path.includes(file) || done.has(file)) return;
    path.push(file);
    for (const next of needs.get(file) ?? []) yield* from(next);
    path.pop();
    done.add(file);
  }
  for (const file of needs.keys()) yield* from(file);
}

const isTest = (file) => /(\.test\.tsx?|\/testing\/)/.test(file);
const problems = [];
let checked = 0;

for (const top of ['app', 'main', 'renderer']) {
  for (const path of sources(join(root, top))) {
    const file = relative(root, path);
    const folder = folderOf(file);
    if (folder === undefined) {
      problems.push(`${file}: no rule covers this folder; add it to tools/check-imports.mjs`);
      continue;
    }
    const text = readFileSync(path, 'utf8');
    for (const match of text.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'";]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)/g,
    )) {
      const specifier = match[1] ?? match[2] ?? match[3];
      checked++;
      for (const rule of ONE_USER) {
        if (specifier === rule.specifier && !rule.only.test(file))
          problems.push(`${file}: only ${rule.only} may import ${specifier}`);
      }
      const target = specifier.startsWith('.')
        ? relative(root, resolve(dirname(path), specifier))
        : specifier;
      const isType = /^\s*(?:import|export)\s+type\b/.test(match[0]);
      if (specifier.startsWith('.') && !isType) needs.set(file, [...(needs.get(file) ?? []), target]);
      const allowed = [
        folder,
        ...ALLOWED[folder],
        ...(isTest(file)
          ? [
              'vitest',
              'fast-check',
              'node:',
              'main/base',
              'main/addon',
              'main/channel',
              'main/wire',
              'app/contract',
            ]
          : []),
      ];
      const fits = allowed.some(
        (entry) =>
          target === entry ||
          target.startsWith(`${entry}/`) ||
          (entry.endsWith(':') && target.startsWith(entry)),
      );
      if (!fits) problems.push(`${file}: ${folder} may not import ${target}`);
    }
  }
}

for (const circle of circles()) problems.push(`these files need each other: ${circle.join(' → ')}`);

if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`imports: ${checked} checked, all one way`);
