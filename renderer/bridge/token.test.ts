import { describe, expect, it } from 'vitest';
import { backoffMs } from './backoff.ts';
import { takeToken } from './token.ts';

function place(hash: string) {
  const stored = new Map<string, string>();
  const urls: string[] = [];
  return {
    stored,
    urls,
    location: { hash, pathname: '/', search: '' },
    history: { replaceState: (_data: unknown, _unused: string, url: string) => void urls.push(url) },
    sessionStorage: {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
    },
  };
}

describe('takeToken', () => {
  it('moves the token from the address to the tab and keeps the rest of the address', () => {
    const window = place('#token=abcdefgh1234&/queues/lab/1');
    expect(takeToken(window)).toBe('abcdefgh1234');
    expect(window.urls).toEqual(['/#/queues/lab/1']);
    expect([...window.stored.values()]).toEqual(['abcdefgh1234']);
  });

  it('a reload finds the token in the tab', () => {
    const window = place('#/queues');
    window.stored.set('doorbell.token', 'abcdefgh1234');
    expect(takeToken(window)).toBe('abcdefgh1234');
    expect(window.urls).toEqual([]);
  });

  it('a page without a token has none, and one of a wrong form is none', () => {
    expect(takeToken(place(''))).toBeNull();
    expect(takeToken(place('#token=<script>'))).toBeNull();
  });
});

describe('backoffMs', () => {
  it('doubles up to eight seconds', () => {
    expect([0, 1, 2, 5, 40].map(backoffMs)).toEqual([250, 500, 1_000, 8_000, 8_000]);
  });
});
