import { describe, expect, it } from 'vitest';
import { keyOf } from '../store/key.ts';
import { formatRoute, parseRoute } from './route.ts';

describe('route', () => {
  it('every route comes back from its own address', () => {
    const routes = [
      { screen: 'queues', queue: null },
      { screen: 'devices', queue: null },
      { screen: 'map', queue: keyOf('web-01', 3) },
      { screen: 'queues', queue: keyOf('web 01/with/slash', 7) },
    ] as const;
    expect(routes.map((route) => parseRoute(formatRoute(route)))).toEqual(routes);
  });

  it('anything else is the first screen', () => {
    const home = { screen: 'queues', queue: null };
    expect(['', '#', '#/nowhere', '#/queues/%E0%A4%A', '#/queues/noindex'].map(parseRoute)).toEqual(
      Array(5).fill(home),
    );
  });
});
