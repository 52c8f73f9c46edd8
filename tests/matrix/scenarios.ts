/** What is done to a session and what both sides must hold after each step, for every scenario in both dialects. */
import type { Dialect } from '../../app/contract/words.ts';
import type { BackendName } from '../../main/wire/table/backend.ts';
import { ACCELERATORS, type Bench } from './bench.ts';

export interface Step {
  readonly what: string;
  readonly act: (bench: Bench) => Promise<void> | void;
  /** Queues that are not `software`, by name, as `Picture.phases` has them; several where the order of two ends is open. */
  readonly phases: Readonly<Record<string, string | readonly string[]>>;
  /** Queues whose group the front-end holds; always none upstream. */
  readonly groups: readonly string[];
  /** Queues whose page is mapped into the guest. */
  readonly mapped: readonly string[];
  /** Queues whose area the front-end knows: those that are mapped, unless this says more. */
  readonly known?: readonly string[];
}
export type ScenarioName =
  | 'arm'
  | 'refuse group'
  | 'refuse area'
  | 'no reply'
  | 'late reply of an old generation'
  | 'disconnect at each step'
  | 'reset'
  | 'stop/start'
  | 'two queues sharing a group'
  | 'two sessions sharing a group'
  | 'all queues deleted'
  | 'two queues on two accelerators';

const OFFER: Readonly<Record<Dialect, BackendName>> = {
  upstream: 'BACKEND_VRING_HOST_NOTIFIER_MSG',
  rfc2018: 'VRING_NOTIFY_AREA_MSG',
};
const downOf = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, 'down']));
const STALE = 'down generation-ended';

/** Steps of one dialect; `held` is empty upstream, which has no groups. */
function scenariosOf(dialect: Dialect): Readonly<Record<ScenarioName, readonly Step[]>> {
  const isDraft = dialect === 'rfc2018';
  const held = (...queues: readonly string[]) => (isDraft ? queues : []);
  const boot = (name: 'a' | 'b'): Step => ({
    what: `boot ${name}`,
    act: (bench) => bench.boot(name),
    phases: name === 'a' ? downOf('b0', 'b1') : {},
    groups: [],
    mapped: [],
  });
  const only = downOf('b0', 'b1');
  const arm = (queue: string): Step => ({
    what: `${queue} accelerated`,
    act: (bench) => bench.set(queue, 'accelerated'),
    phases: { ...only, [queue]: 'mapped' },
    groups: held(queue),
    mapped: [queue],
  });
  const disarm = (queue: string): Step => ({
    what: `${queue} software`,
    act: (bench) => bench.set(queue, 'software'),
    phases: only,
    groups: [],
    mapped: [],
  });
  const heal: Step = {
    what: 'retry without the fault',
    act: async (bench) => {
      bench.faults('a', {});
      await bench.set('a1', 'accelerated');
    },
    phases: { ...only, a1: 'mapped' },
    groups: held('a1'),
    mapped: ['a1'],
  };
  const again: Step = { ...heal, what: 'boot a again, armed by itself', act: (bench) => bench.boot('a') };
  const gone = (what: string, act: Step['act'], a1: string | readonly string[] = STALE): Step => ({
    what,
    act,
    phases: { ...downOf('a0', 'b0', 'b1'), a1 },
    groups: [],
    mapped: [],
  });
  const cut = (name: BackendName): readonly Step[] => [
    gone(
      `disconnect instead of the answer to ${name}`,
      async (bench) => {
        bench.faults('a', { disconnectOn: name });
        await bench.set('a1', 'accelerated');
      },
      // Either of the two sockets may be seen to end first.
      [STALE, 'down', 'down no-backend-channel', 'down removal-unanswered'],
    ),
    {
      ...again,
      act: (bench) => {
        bench.faults('a', {});
        return bench.boot('a');
      },
    },
    disarm('a1'),
  ];

  return {
    arm: [
      boot('a'),
      arm('a1'),
      { ...arm('a1'), what: 'echoes while mapped', act: (bench) => bench.echoes('a') },
      disarm('a1'),
      { ...disarm('a1'), what: 'echoes by eventfd again', act: (bench) => bench.echoes('a') },
    ],
    'refuse group': isDraft
      ? [
          boot('a'),
          {
            what: 'the first group refused: the dialect is not spoken',
            act: async (bench) => {
              bench.faults('a', { refuseGroup: 9 });
              await bench.set('a1', 'accelerated');
            },
            phases: { ...only, a1: 'software dialect-unsupported' },
            groups: [],
            mapped: [],
          },
          {
            what: 'not retried in this session',
            act: async (bench) => {
              bench.faults('a', {});
              await bench.set('a1', 'accelerated');
            },
            phases: { ...only, a1: 'software dialect-unsupported' },
            groups: [],
            mapped: [],
          },
          gone('disconnect', (bench) => bench.disconnect('a'), 'down dialect-unsupported'),
          again,
          {
            what: 'a later group refused: that queue only',
            act: async (bench) => {
              bench.faults('a', { refuseGroup: 9 });
              await bench.set('a0', 'accelerated');
            },
            phases: { ...only, a0: 'software group-refused', a1: 'mapped' },
            groups: ['a1'],
            mapped: ['a1'],
          },
          {
            what: 'a0 accelerated again',
            act: async (bench) => {
              bench.faults('a', {});
              await bench.set('a0', 'accelerated');
            },
            phases: { ...only, a0: 'mapped', a1: 'mapped' },
            groups: ['a0', 'a1'],
            mapped: ['a0', 'a1'],
          },
        ]
      : [
          boot('a'),
          {
            ...arm('a1'),
            what: 'nothing to refuse: no group is sent',
            act: async (bench) => {
              bench.faults('a', { refuseGroup: 9 });
              await bench.set('a1', 'accelerated');
            },
          },
        ],
    'refuse area': [
      boot('a'),
      {
        what: 'the area refused',
        act: async (bench) => {
          bench.faults('a', { refuseNotify: 5 });
          await bench.set('a1', 'accelerated');
        },
        phases: { ...only, a1: 'relay page-refused' },
        groups: [],
        mapped: [],
      },
      heal,
      disarm('a1'),
    ],
    'no reply': [
      boot('a'),
      {
        what: 'nothing is answered',
        act: async (bench) => {
          bench.faults('a', { noReply: true });
          await bench.set('a1', 'accelerated');
        },
        phases: { ...only, a1: isDraft ? 'software group-unanswered' : 'quarantine removal-unanswered' },
        groups: [],
        mapped: [],
      },
      gone(
        'disconnect',
        (bench) => bench.disconnect('a'),
        isDraft ? 'down group-unanswered' : 'down removal-unanswered',
      ),
      {
        ...again,
        act: (bench) => {
          bench.faults('a', {});
          return bench.boot('a');
        },
      },
      {
        what: 'nothing is answered from the next start on',
        act: async (bench) => {
          await bench.stop('a');
          bench.faults('a', { noReply: true });
          await bench.start('a');
        },
        phases: { ...only, a1: 'quarantine removal-unanswered' },
        groups: [],
        mapped: [],
      },
      {
        what: 'answers were swallowed: nothing more is asked on this connection',
        act: async (bench) => {
          await bench.stop('a');
          bench.faults('a', {});
          await bench.start('a');
        },
        // Upstream, the offer that nobody answered may still be carried out.
        phases: { ...only, a1: isDraft ? 'arming answer-missing' : 'quarantine removal-unanswered' },
        groups: [],
        mapped: [],
      },
      gone('disconnect again', (bench) => bench.disconnect('a'), ['down', 'down removal-unanswered']),
      again,
    ],
    'late reply of an old generation': [
      boot('a'),
      {
        ...arm('a1'),
        what: 'stop and start before the answer comes',
        act: async (bench) => {
          bench.faults('a', { lateReplyMs: 150 });
          await bench.set('a1', 'accelerated');
          await bench.until(({ phases }) => phases['a1'] === 'arming', 'asked');
          await bench.stop('a');
          await bench.start('a');
        },
      },
      {
        ...disarm('a1'),
        what: 'a1 software, answered late',
      },
    ],
    'disconnect at each step': [
      boot('a'),
      ...(isDraft ? cut('VRING_VFIO_GROUP_MSG') : []),
      ...cut(OFFER[dialect]),
      arm('a1'),
      gone('disconnect while mapped', (bench) => bench.disconnect('a')),
      again,
      {
        what: 'stop',
        act: (bench) => bench.stop('a'),
        phases: { ...downOf('a0', 'b0', 'b1'), a1: STALE },
        groups: held('a1'),
        mapped: [],
        known: held('a1'),
      },
      gone('disconnect while stopped', (bench) => bench.disconnect('a')),
      again,
      gone(
        'disconnect instead of the answer to the removal',
        async (bench) => {
          bench.faults('a', { disconnectOn: OFFER[dialect] });
          await bench.set('a1', 'software');
        },
        'down',
      ),
    ],
    reset: [
      boot('a'),
      arm('a1'),
      {
        what: 'reset',
        act: (bench) => bench.reset('a'),
        phases: { ...downOf('a0', 'b0', 'b1'), a1: STALE },
        groups: [],
        mapped: [],
      },
      { ...arm('a1'), what: 'start: armed by itself', act: (bench) => bench.start('a') },
      { ...arm('a1'), what: 'echoes', act: (bench) => bench.echoes('a') },
    ],
    'stop/start': [
      boot('a'),
      arm('a1'),
      {
        what: 'stop',
        act: (bench) => bench.stop('a'),
        phases: { ...downOf('a0', 'b0', 'b1'), a1: STALE },
        groups: held('a1'),
        mapped: [],
        known: held('a1'),
      },
      { ...arm('a1'), what: 'start: armed by itself', act: (bench) => bench.start('a') },
      { ...arm('a1'), what: 'echoes', act: (bench) => bench.echoes('a') },
      {
        what: 'stop again',
        act: (bench) => bench.stop('a'),
        phases: { ...downOf('a0', 'b0', 'b1'), a1: STALE },
        groups: held('a1'),
        mapped: [],
        known: held('a1'),
      },
      {
        ...disarm('a1'),
        what: 'start, wanted in software meanwhile',
        act: async (bench) => {
          await bench.set('a1', 'software');
          await bench.start('a');
        },
      },
      { ...disarm('a1'), what: 'echoes by eventfd', act: (bench) => bench.echoes('a') },
    ],
    'two queues sharing a group': [
      boot('a'),
      arm('a1'),
      {
        what: 'a0 accelerated too',
        act: (bench) => bench.set('a0', 'accelerated'),
        phases: { ...only, a0: 'mapped', a1: 'mapped' },
        groups: held('a0', 'a1'),
        mapped: ['a0', 'a1'],
      },
      {
        what: 'a1 software: the group stays for a0',
        act: (bench) => bench.set('a1', 'software'),
        phases: { ...only, a0: 'mapped' },
        groups: held('a0'),
        mapped: ['a0'],
      },
      disarm('a0'),
    ],
    'two sessions sharing a group': [
      boot('a'),
      arm('a1'),
      {
        what: 'boot b',
        act: (bench) => bench.boot('b'),
        phases: { a1: 'mapped' },
        groups: held('a1'),
        mapped: ['a1'],
      },
      {
        what: 'b1 accelerated',
        act: (bench) => bench.set('b1', 'accelerated'),
        phases: { a1: 'mapped', b1: 'mapped' },
        groups: held('a1', 'b1'),
        mapped: ['a1', 'b1'],
      },
      {
        what: 'disconnect a: the group stays for b',
        act: (bench) => bench.disconnect('a'),
        phases: { a0: 'down', a1: STALE, b1: 'mapped' },
        groups: held('b1'),
        mapped: ['b1'],
      },
      {
        what: 'disconnect b',
        act: (bench) => bench.disconnect('b'),
        phases: { ...downOf('a0', 'b0'), a1: STALE, b1: STALE },
        groups: [],
        mapped: [],
      },
    ],
    'all queues deleted': [
      boot('a'),
      { ...boot('b'), what: 'boot b' },
      {
        what: 'all accelerated',
        act: async (bench) => {
          for (const queue of ['a0', 'a1', 'b0', 'b1']) await bench.set(queue, 'accelerated');
        },
        phases: { a0: 'mapped', a1: 'mapped', b0: 'mapped', b1: 'mapped' },
        groups: held('a0', 'a1', 'b0', 'b1'),
        mapped: ['a0', 'a1', 'b0', 'b1'],
      },
      {
        what: 'all software',
        act: async (bench) => {
          for (const queue of ['a0', 'a1', 'b0', 'b1']) await bench.set(queue, 'software');
        },
        phases: {},
        groups: [],
        mapped: [],
      },
    ],
    'two queues on two accelerators': [
      boot('a'),
      {
        what: 'a0 and a1 on one accelerator each',
        act: async (bench) => {
          await bench.set('a0', 'accelerated', ACCELERATORS[0]);
          await bench.set('a1', 'accelerated', ACCELERATORS[1]);
        },
        phases: { ...only, a0: 'mapped', a1: 'mapped' },
        groups: held('a0', 'a1'),
        mapped: ['a0', 'a1'],
      },
      {
        what: 'a1 to the other accelerator',
        act: (bench) => bench.set('a1', 'accelerated', ACCELERATORS[0]),
        phases: { ...only, a0: 'mapped', a1: 'mapped' },
        groups: held('a0', 'a1'),
        mapped: ['a0', 'a1'],
      },
      {
        what: 'both software',
        act: async (bench) => {
          await bench.set('a0', 'software');
          await bench.set('a1', 'software');
        },
        phases: only,
        groups: [],
        mapped: [],
      },
    ],
  };
}

export const SCENARIOS: Readonly<Record<Dialect, Readonly<Record<ScenarioName, readonly Step[]>>>> = {
  upstream: scenariosOf('upstream'),
  rfc2018: scenariosOf('rfc2018'),
};
