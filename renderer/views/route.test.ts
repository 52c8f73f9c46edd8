import { describe, expect, it } from 'vitest';
import { keyOf } from '../../app/contract/queue-key.ts';
import { formatRoute, hasDrawer, parseRoute } from './route.ts';

describe('route', () => {
  it('every route comes back from its own address', () => {
    const routes = [
      { screen: 'queues', queue: null, tab: null },
      { screen: 'devices', queue: null, tab: null },
      { screen: 'map', queue: keyOf('web-01', 3), tab: null },
      { screen: 'map', queue: keyOf('web-01', 3), tab: 'rings' },
      { screen: 'trace', queue: keyOf('web-01', 3), tab: 'json' },
      { screen: 'queues', queue: keyOf('web 01/with/slash', 7), tab: null },
      { screen: 'queues', queue: keyOf('what?tab=json', 7), tab: 'history' },
    ] as const;
    expect(routes.map((route) => parseRoute(formatRoute(route)))).toEqual(routes);
  });

  it('anything else is the first screen', () => {
    const home = { screen: 'queues', queue: null, tab: null };
    expect(['', '#', '#/nowhere', '#/queues/%E0%A4%A', '#/queues/noindex'].map(parseRoute)).toEqual(
      Array(5).fill(home),
    );
  });

  it('details lie over any screen, but on map and trace only where they were asked for', () => {
    expect(
      [
        '#/queues/lab/1',
        '#/devices/lab/1',
        '#/map/lab/1',
        '#/map/lab/1?tab=rings',
        '#/trace/lab/1',
        '#/queues',
      ].map((hash) => hasDrawer(parseRoute(hash))),
    ).toEqual([true, true, false, true, false, false]);
  });
});
