import { describe, expect, test } from 'vitest';
import { parseEndpoint } from './endpoint-spec.ts';
import { CliError } from './exit-codes.ts';

const DEFAULTS = { dialect: 'upstream', queuePairs: 1 } as const;
const parse = (spec: string) => parseEndpoint(spec, 'listen', DEFAULTS);

describe('mac= of an endpoint', () => {
  test('is kept in lower case', () => {
    expect(parse('/run/vm0.sock,mac=52:54:00:AB:CD:0F').mac).toBe('52:54:00:ab:cd:0f');
  });

  test('that is not given is none', () => {
    expect(parse('/run/vm0.sock').mac).toBeNull();
  });

  test.each([
    ['of a group', '01:00:5e:00:00:01', 'the address of a group'],
    ['of everybody', 'ff:ff:ff:ff:ff:ff', 'the address of a group'],
    ['of nobody', '00:00:00:00:00:00', 'the address of nobody'],
    ['with five bytes', '52:54:00:00:01', 'no address such as'],
    ['with seven bytes', '52:54:00:00:01:00:02', 'no address such as'],
    ['with a byte of one digit', '52:54:0:00:01:00', 'no address such as'],
    ['with other separators', '52-54-00-00-01-00', 'no address such as'],
    ['of other digits', '52:54:00:00:01:0g', 'no address such as'],
    ['of nothing', '', 'no address such as'],
  ])('%s is a wrong call', (_, mac, message) => {
    expect(() => parse(`/run/vm0.sock,mac=${mac}`)).toThrow(CliError);
    expect(() => parse(`/run/vm0.sock,mac=${mac}`)).toThrow(`mac=${mac} is ${message}`);
  });
});

describe('config= of an endpoint', () => {
  test('is off unless it is on', () => {
    expect([parse('/run/vm0.sock').config, parse('/run/vm0.sock,config=off').config]).toEqual([false, false]);
    expect(parse('/run/vm0.sock,config=on').config).toBe(true);
  });

  test('that is neither on nor off is a wrong call', () => {
    expect(() => parse('/run/vm0.sock,config=yes')).toThrow('config=yes is neither on nor off');
  });

  test('in the dialect that has no message for it is a wrong call', () => {
    expect(() => parse('/run/vm0.sock,config=on,dialect=rfc2018')).toThrow(
      'config=on needs the dialect upstream',
    );
    expect(parse('/run/vm0.sock,config=off,dialect=rfc2018').config).toBe(false);
  });
});
